// SPDX-License-Identifier: Apache-2.0

import { create, type DescService, type Message, type Registry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import { type Duration, DurationSchema, EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type Client,
  createContextValues,
  type Transport,
} from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  type ChecksumTreeRequest,
  ChecksumTreeRequestSchema,
  type ChecksumTreeResponse,
  ChecksumTreeResponseSchema,
  type ListAlgorithmsRequestSchema,
  type ListAlgorithmsResponse,
  type ListAlgorithmsResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { ImageAnnotatorOperations } from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import type {
  AsyncBatchAnnotateFilesResponse,
  OperationMetadata,
} from "../../examples/google-vision-client/gen/google/cloud/vision/v1/image_annotator_pb.ts";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type * as api from "../../src/client/index.ts";
import {
  createOperationClient,
  type OperationClient,
  type OperationHandle,
  type OperationStarter,
} from "../../src/client/index.ts";
import { systemClock } from "../../src/clock.ts";
import { operationService, resolveOperations } from "../../src/index.ts";
import type { AnyKeys } from "./any-keys.ts";

declare const transport: Transport;
declare const operation: Operation;
declare const registry: Registry;
declare const signal: AbortSignal;
declare const starter: OperationStarter<
  ChecksumTreeRequest,
  ChecksumTreeResponse,
  ChecksumTreeMetadata
>;

const client = createOperationClient(ChecksumServiceOperations, transport);
expectTypeOf(client).toEqualTypeOf<OperationClient<typeof ChecksumServiceOperations>>();

/* Long-running methods start operations */

type Handle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;
expectTypeOf(client.checksumTree).toEqualTypeOf(starter);
expectTypeOf(client.checksumTree({ root: "." })).toEqualTypeOf<Promise<Handle>>();
client.checksumTree({});
client.checksumTree(create(ChecksumTreeRequestSchema));
client.checksumTree({ resumeFrom: { filesDone: 1n, checkpoint: { bytesDigested: 1n } } });
client.checksumTree({ root: "." }, { signal, timeoutMs: 1_000, headers: { a: "b" } });
client.checksumTree({ root: "." }, { contextValues: createContextValues() });
expectTypeOf(client.checksumTree).parameter(1).toEqualTypeOf<CallOptions | undefined>();
// @ts-expect-error: a request is needed, if only an empty one.
client.checksumTree();
// @ts-expect-error: there is no such field.
client.checksumTree({ path: "." });
// @ts-expect-error: a root is a string.
client.checksumTree({ root: 1 });
// @ts-expect-error: 64-bit integers are bigints.
client.checksumTree({ resumeFrom: { filesDone: 1 } });
// @ts-expect-error: a message of another type.
client.checksumTree(create(ChecksumTreeResponseSchema));
// @ts-expect-error: there is no such option.
client.checksumTree({ root: "." }, { timeout: 1_000 });
// @ts-expect-error: there is no such method.
client.checksumTrees({ root: "." });
// @ts-expect-error: a client stays as it is.
client.checksumTree = starter;

/* Ordinary methods */

type Plain = Client<typeof ChecksumService>;
expectTypeOf(client.listAlgorithms).toEqualTypeOf<Plain["listAlgorithms"]>();
expectTypeOf(client.listAlgorithms({})).toEqualTypeOf<Promise<ListAlgorithmsResponse>>();
// @ts-expect-error: it starts nothing that could be resumed.
client.listAlgorithms.resume("operations/a");
// @ts-expect-error: it has no such field.
client.listAlgorithms({ root: "." });

type Many = GenService<{
  one: {
    methodKind: "unary";
    input: typeof ListAlgorithmsRequestSchema;
    output: typeof ListAlgorithmsResponseSchema;
  };
  down: {
    methodKind: "server_streaming";
    input: typeof ListAlgorithmsRequestSchema;
    output: typeof ListAlgorithmsResponseSchema;
  };
  up: {
    methodKind: "client_streaming";
    input: typeof ListAlgorithmsRequestSchema;
    output: typeof ListAlgorithmsResponseSchema;
  };
  both: {
    methodKind: "bidi_streaming";
    input: typeof ListAlgorithmsRequestSchema;
    output: typeof ListAlgorithmsResponseSchema;
  };
}>;
declare const many: Many;
const passing = createOperationClient(operationService(many, {}), transport);
expectTypeOf(passing.one).toEqualTypeOf<Client<Many>["one"]>();
expectTypeOf(passing.down).toEqualTypeOf<Client<Many>["down"]>();
expectTypeOf(passing.up).toEqualTypeOf<Client<Many>["up"]>();
expectTypeOf(passing.both).toEqualTypeOf<Client<Many>["both"]>();
expectTypeOf(passing.down({})).toEqualTypeOf<AsyncIterable<ListAlgorithmsResponse>>();

// A method that nobody has said the types of answers with an Operation.
const untyped = createOperationClient(operationService(ChecksumService, {}), transport);
expectTypeOf(untyped.checksumTree({})).toEqualTypeOf<Promise<Operation>>();
// @ts-expect-error: it is an ordinary one.
untyped.checksumTree.resume("operations/a");

/* Other services */

const annotator = createOperationClient(ImageAnnotatorOperations, transport);
expectTypeOf(annotator.asyncBatchAnnotateFiles({ requests: [] })).toEqualTypeOf<
  Promise<OperationHandle<AsyncBatchAnnotateFilesResponse, OperationMetadata>>
>();
const loose = createOperationClient(resolveOperations(ChecksumService, registry), transport);
expectTypeOf(loose.checksumTree({ root: "." })).toEqualTypeOf<
  Promise<OperationHandle<Message, Message>>
>();
expectTypeOf(loose.listAlgorithms).toEqualTypeOf<Plain["listAlgorithms"]>();
// @ts-expect-error: its request is known nevertheless.
loose.checksumTree({ path: "." });
declare const unknownService: DescService;
createOperationClient(resolveOperations(unknownService, registry), transport);
const empty = createOperationClient(
  operationService(ChecksumService, {
    checksumTree: { response: EmptySchema, metadata: DurationSchema },
  }),
  transport,
);
expectTypeOf((await empty.checksumTree({})).metadata).toEqualTypeOf<Duration | undefined>();
// @ts-expect-error: a service alone does not say what its operations are of.
createOperationClient(ChecksumService, transport);

/* Options */

createOperationClient(ChecksumServiceOperations, transport, {
  operationsTransport: transport,
  polling: { initialDelayMs: 100, multiplier: 2, maxDelayMs: 1_000 },
  maxWaits: 100,
  clock: systemClock,
});
createOperationClient(ChecksumServiceOperations, transport, { polling: {} });
// @ts-expect-error: there is no such option.
createOperationClient(ChecksumServiceOperations, transport, { pollingMs: 100 });
// @ts-expect-error: a transport is needed.
createOperationClient(ChecksumServiceOperations);

/* Nothing public is any */

expectTypeOf<AnyKeys<typeof api>>().toBeNever();
expectTypeOf<AnyKeys<typeof client>>().toBeNever();
expectTypeOf<AnyKeys<typeof loose>>().toBeNever();
expectTypeOf<AnyKeys<typeof client.checksumTree>>().toBeNever();
expectTypeOf<AnyKeys<api.OperationClientOptions>>().toBeNever();
expectTypeOf<AnyKeys<api.PollingOptions>>().toBeNever();
