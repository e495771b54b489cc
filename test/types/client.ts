// SPDX-License-Identifier: Apache-2.0

import { create, type DescService, type Message, type Registry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import { type Duration, DurationSchema, EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type Client,
  type ConnectError,
  createClient,
  createContextValues,
  type Transport,
} from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
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
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import type * as api from "../../src/client/index.ts";
import {
  createOperationClient,
  listOperations,
  type OperationClient,
  type OperationHandle,
  type OperationStarter,
  type PollRetry,
  WaitError,
  type WaitOptions,
  waitForOperation,
} from "../../src/client/index.ts";
import { systemClock } from "../../src/clock.ts";
import {
  OperationError,
  type OperationOutcome,
  operationService,
  resolveOperations,
} from "../../src/index.ts";
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

/* Handles */

const handle = await client.checksumTree({ root: "." });
// To await a start is not to await its end.
expectTypeOf(handle).toEqualTypeOf<Handle>();
expectTypeOf<Awaited<Handle>>().toEqualTypeOf<Handle>();
expectTypeOf(handle).not.toHaveProperty("then");
// @ts-expect-error: it is no promise.
handle.then;
expectTypeOf(handle.name).toEqualTypeOf<string>();
expectTypeOf(handle.done).toEqualTypeOf<boolean>();
expectTypeOf(handle.latest).toEqualTypeOf<Operation | undefined>();
expectTypeOf(handle.metadata).toEqualTypeOf<ChecksumTreeMetadata | undefined>();
// @ts-expect-error: only the server ends it.
handle.done = true;
expectTypeOf(handle.result()).toEqualTypeOf<Promise<ChecksumTreeResponse>>();
expectTypeOf(handle.result).parameter(0).toEqualTypeOf<WaitOptions | undefined>();
expectTypeOf(handle.progress()).toEqualTypeOf<
  AsyncIterable<ChecksumTreeMetadata, undefined, undefined>
>();
expectTypeOf(handle.progress).parameter(0).toEqualTypeOf<WaitOptions | undefined>();
expectTypeOf(handle.poll()).toEqualTypeOf<
  Promise<OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>>
>();
expectTypeOf(handle.poll).parameter(0).toEqualTypeOf<CallOptions | undefined>();
expectTypeOf(handle.cancel).toEqualTypeOf<(options?: CallOptions) => Promise<void>>();
expectTypeOf(handle.delete).toEqualTypeOf<(options?: CallOptions) => Promise<void>>();
for await (const { filesDone, currentPath } of handle.progress({ signal, timeoutMs: 1 })) {
  expectTypeOf(filesDone).toEqualTypeOf<bigint>();
  expectTypeOf(currentPath).toEqualTypeOf<string>();
}
handle.result({
  onPollError(error, retry) {
    expectTypeOf(error).toEqualTypeOf<ConnectError>();
    expectTypeOf(retry).toEqualTypeOf<PollRetry>();
    expectTypeOf(retry.delayMs).toEqualTypeOf<number>();
  },
});
// @ts-expect-error: headers were given to the start.
handle.result({ headers: { a: "b" } });
// @ts-expect-error: milliseconds are numbers.
handle.progress({ timeoutMs: "30s" });
const outcome = await handle.poll({ signal });
if (outcome.kind === "succeeded") {
  expectTypeOf(outcome.response).toEqualTypeOf<ChecksumTreeResponse>();
}

/* Resuming */

expectTypeOf(client.checksumTree.resume("operations/a")).toEqualTypeOf<Handle>();
expectTypeOf(client.checksumTree.resume(operation)).toEqualTypeOf<Handle>();
client.checksumTree.resume("operations/a", { headers: [["a", "b"]] });
client.checksumTree.resume("operations/a", { contextValues: createContextValues() });
// @ts-expect-error: what to resume has to be said.
client.checksumTree.resume();
// @ts-expect-error: a handle that there is needs no resuming.
client.checksumTree.resume(handle);
// @ts-expect-error: nothing is called yet that could be aborted.
client.checksumTree.resume("operations/a", { signal });

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

/* Without a typed client */

const operations = createClient(Operations, transport);
const types = ChecksumServiceOperations.operations.checksumTree;
expectTypeOf(waitForOperation(operations, operation, types)).toEqualTypeOf<
  Promise<ChecksumTreeResponse>
>();
const durations = { response: DurationSchema, metadata: ChecksumTreeMetadataSchema };
expectTypeOf(waitForOperation(operations, operation, durations)).resolves.toEqualTypeOf<Duration>();
waitForOperation(operations, operation, types, { signal, timeoutMs: 1, polling: {} });
// @ts-expect-error: what it ends with has to be said.
waitForOperation(operations, operation);
// @ts-expect-error: the metadata's type is needed too.
waitForOperation(operations, operation, { response: DurationSchema });
// @ts-expect-error: an operation has a state, a name has none.
waitForOperation(operations, "operations/a", types);
// @ts-expect-error: a client of another service.
waitForOperation(client, operation, types);

expectTypeOf(listOperations(operations)).toEqualTypeOf<
  AsyncGenerator<Operation, undefined, undefined>
>();
listOperations(operations, { parent: "projects/p", filter: "done = true", pageSize: 1, signal });
// @ts-expect-error: pages are asked for one after the other.
listOperations(operations, { pageToken: "" });

/* Errors */

declare const error: unknown;
if (error instanceof WaitError) {
  expectTypeOf(error.kind).toEqualTypeOf<"timed-out" | "lost-contact">();
  expectTypeOf(error.operationName).toEqualTypeOf<string>();
  expectTypeOf(error.operation).toEqualTypeOf<Operation | undefined>();
  expectTypeOf(error.cause).toEqualTypeOf<ConnectError | undefined>();
  // @ts-expect-error: nothing that retries RPCs is to take it for the error of one.
  error.code;
} else if (error instanceof OperationError) {
  expectTypeOf(error.operation).toEqualTypeOf<Operation>();
}
expectTypeOf<WaitError>().not.toExtend<ConnectError>();

/* Nothing public is any */

expectTypeOf<AnyKeys<typeof api>>().toBeNever();
expectTypeOf<AnyKeys<typeof client>>().toBeNever();
expectTypeOf<AnyKeys<typeof loose>>().toBeNever();
expectTypeOf<AnyKeys<typeof client.checksumTree>>().toBeNever();
expectTypeOf<AnyKeys<Handle>>().toBeNever();
expectTypeOf<AnyKeys<OperationHandle<Message, Message>>>().toBeNever();
expectTypeOf<AnyKeys<WaitOptions>>().toBeNever();
expectTypeOf<AnyKeys<PollRetry>>().toBeNever();
expectTypeOf<AnyKeys<api.OperationClientOptions>>().toBeNever();
expectTypeOf<AnyKeys<api.PollingOptions>>().toBeNever();
expectTypeOf<AnyKeys<api.ResumeOptions>>().toBeNever();
expectTypeOf<AnyKeys<api.ListOperationsOptions>>().toBeNever();
expectTypeOf<AnyKeys<api.WaitForOperationOptions>>().toBeNever();
expectTypeOf<AnyKeys<WaitError>>().toBeNever();
