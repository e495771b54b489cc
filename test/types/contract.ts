// SPDX-License-Identifier: Apache-2.0

import type { DescService, Message, MessageShape, Registry } from "@bufbuild/protobuf";
import {
  type Any,
  AnySchema,
  type Duration,
  DurationSchema,
  EmptySchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, type ConnectRouter, createClient, type Transport } from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponse,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { type ErrorInfo, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type * as contract from "../../src/index.ts";
import {
  type AnyReading,
  failed,
  type OperationError,
  type OperationOutcome,
  type OperationService,
  type OperationTypes,
  operationRegistry,
  operationService,
  outcomeOf,
  packAny,
  readAny,
  resolveOperations,
  running,
  succeeded,
} from "../../src/index.ts";
import type { AnyKeys } from "./any-keys.ts";

declare const any: Any;
declare const operation: Operation;
declare const registry: Registry;
declare const transport: Transport;
declare const router: ConnectRouter;

/* packAny */

expectTypeOf<ReturnType<typeof packAny>>().toEqualTypeOf<Any>();
packAny(DurationSchema, { seconds: 1n });
// @ts-expect-error: a Duration has no such field.
packAny(DurationSchema, { seconds: 1n, minutes: 1n });
// @ts-expect-error: 64-bit integers are bigints.
packAny(DurationSchema, { seconds: 1 });

/* readAny */

const reading = readAny(any, DurationSchema);
expectTypeOf(reading).toEqualTypeOf<AnyReading<Duration>>();
switch (reading.kind) {
  case "message":
    expectTypeOf(reading.message).toEqualTypeOf<Duration>();
    break;
  case "empty":
    // @ts-expect-error: there is no URL to speak of.
    reading.typeUrl;
    break;
  case "unknown":
    expectTypeOf(reading.value).toEqualTypeOf<Uint8Array>();
    break;
  case "mismatch":
    expectTypeOf(reading.expected).toEqualTypeOf<string>();
    break;
  case "malformed":
    expectTypeOf(reading.cause).toEqualTypeOf<unknown>();
    break;
  default:
    expectTypeOf(reading).toEqualTypeOf<never>();
}
// @ts-expect-error: which kind it is must be asked first.
reading.message;
const fromRegistry = readAny(undefined, registry);
if (fromRegistry.kind === "message") {
  expectTypeOf(fromRegistry.message).toEqualTypeOf<Message>();
}

/* running, succeeded, failed */

expectTypeOf<ReturnType<typeof running>>().toEqualTypeOf<Operation>();
running({ name: "operations/a", metadata: undefined });
// @ts-expect-error: an operation has a name.
running({ metadata: any });
// @ts-expect-error: metadata is packed by the caller, who knows its type.
running({ name: "operations/a", metadata: { filesDone: 1n } });
succeeded({ name: "operations/a", response: any });
// @ts-expect-error: it succeeded with something.
succeeded({ name: "operations/a" });
failed({ name: "operations/a", error: { code: Code.Aborted, message: "x", details: [any] } });
// @ts-expect-error: it failed with something.
failed({ name: "operations/a" });

/* outcomeOf */

const types = { response: DurationSchema, metadata: TimestampSchema };
const outcome = outcomeOf(operation, types);
expectTypeOf(outcome).toEqualTypeOf<OperationOutcome<Duration, Timestamp>>();
expectTypeOf(outcome.metadata).toEqualTypeOf<Timestamp | undefined>();
switch (outcome.kind) {
  case "succeeded":
    expectTypeOf(outcome.response).toEqualTypeOf<Duration>();
    break;
  case "failed":
  case "cancelled":
    expectTypeOf(outcome.error).toEqualTypeOf<OperationError>();
    expectTypeOf(outcome.error.code).toEqualTypeOf<Code>();
    break;
  case "running":
  case "missing":
    // @ts-expect-error: there is neither a response nor an error.
    outcome.error;
    break;
  default:
    expectTypeOf(outcome).toEqualTypeOf<never>();
}
const checksumOutcome = outcomeOf(operation, ChecksumServiceOperations.operations.checksumTree);
expectTypeOf(checksumOutcome).toEqualTypeOf<
  OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>
>();
// @ts-expect-error: the metadata's type is needed too.
outcomeOf(operation, { response: DurationSchema });

declare const error: OperationError;
const details = error.findDetails(ErrorInfoSchema);
expectTypeOf(details).toEqualTypeOf<ErrorInfo[]>();

/* operationService */

const checksumTree = { response: ChecksumTreeResponseSchema, metadata: ChecksumTreeMetadataSchema };
const service = operationService(ChecksumService, { checksumTree });
expectTypeOf<
  MessageShape<(typeof service)["operations"]["checksumTree"]["metadata"]>
>().toEqualTypeOf<ChecksumTreeMetadata>();
operationService(ChecksumService, { checksumTree: { response: EmptySchema, metadata: AnySchema } });
operationService(ChecksumService, {});
// @ts-expect-error: there is no such method.
operationService(ChecksumService, { checksumTrees: checksumTree });
// @ts-expect-error: a right name does not make up for a wrong one.
operationService(ChecksumService, { checksumTree, checksumTrees: checksumTree });
// @ts-expect-error: an ordinary method has no operations.
operationService(ChecksumService, { listAlgorithms: checksumTree });
// @ts-expect-error: both types are needed.
operationService(ChecksumService, { checksumTree: { response: ChecksumTreeResponseSchema } });
// @ts-expect-error: schemas are wanted, not names.
operationService(ChecksumService, { checksumTree: { response: "Response", metadata: "Metadata" } });

const loose = resolveOperations(ChecksumService, registry);
expectTypeOf(loose).toEqualTypeOf<OperationService<typeof ChecksumService>>();
expectTypeOf<(typeof loose.operations)[string]>().toEqualTypeOf<OperationTypes>();

/* An OperationService is a DescService */

const plain: DescService = ChecksumServiceOperations;
expectTypeOf(plain).toEqualTypeOf<DescService>();
const typed: typeof ChecksumService = ChecksumServiceOperations;
const erased: OperationService = ChecksumServiceOperations;
operationRegistry(typed, erased, ChecksumServiceOperations, Operations);

const client = createClient(ChecksumServiceOperations, transport);
const answer = client.checksumTree({ root: "/" });
expectTypeOf(answer).toEqualTypeOf<Promise<Operation>>();
// @ts-expect-error: a request has no such field.
client.checksumTree({ rot: "/" });
// @ts-expect-error: what an operation carries is no method.
client.operations({});

router.service(ChecksumServiceOperations, {
  checksumTree: ({ root }) => running({ name: root }),
  listAlgorithms: () => ({ algorithms: [] }),
});
router.service(ChecksumServiceOperations, {
  // @ts-expect-error: the method answers with an Operation.
  checksumTree: () => ({ treeDigest: "" }),
});

/* Nothing public is any */

expectTypeOf<AnyKeys<typeof contract>>().toBeNever();
expectTypeOf<AnyKeys<AnyReading>>().toBeNever();
expectTypeOf<AnyKeys<OperationOutcome<Message, Message>>>().toBeNever();
expectTypeOf<AnyKeys<OperationError>>().toBeNever();
expectTypeOf<AnyKeys<OperationTypes>>().toBeNever();
expectTypeOf<AnyKeys<contract.Clock>>().toBeNever();
expectTypeOf<AnyKeys<typeof ChecksumServiceOperations.operations>>().toBeNever();
