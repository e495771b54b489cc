// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type ConnectError,
  createClient,
  createContextValues,
  type Transport,
} from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import {
  createOperationClient,
  type ListOperationsOptions,
  listOperations,
  type OperationHandle,
  type PollRetry,
  type ResumeOptions,
  WaitError,
  type WaitForOperationOptions,
  type WaitOptions,
  waitForOperation,
} from "../../src/client/index.ts";
import { OperationError, type OperationOutcome } from "../../src/index.ts";
import type { AnyKeys } from "./any-keys.ts";

declare const transport: Transport;
declare const operation: Operation;
declare const signal: AbortSignal;

const client = createOperationClient(ChecksumServiceOperations, transport);
type Handle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

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

expectTypeOf<AnyKeys<Handle>>().toBeNever();
expectTypeOf<AnyKeys<OperationHandle<Message, Message>>>().toBeNever();
expectTypeOf<AnyKeys<WaitOptions>>().toBeNever();
expectTypeOf<AnyKeys<PollRetry>>().toBeNever();
expectTypeOf<AnyKeys<ResumeOptions>>().toBeNever();
expectTypeOf<AnyKeys<ListOperationsOptions>>().toBeNever();
expectTypeOf<AnyKeys<WaitForOperationOptions>>().toBeNever();
expectTypeOf<AnyKeys<WaitError>>().toBeNever();
