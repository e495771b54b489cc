// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createOperationClient, listOperations, waitForOperation } from "../../src/client/index.ts";
import { OperationError } from "../../src/index.ts";
import { type Gate, gate } from "../server/gate.ts";
import { type ChecksumHandler, rejectionOf, type Serving, serving } from "./serving.ts";
import { transportKinds } from "./transports.ts";

const types = ChecksumServiceOperations.operations.checksumTree;
const metadata = create(ChecksumTreeMetadataSchema, {
  root: "/srv",
  filesDone: 2n ** 60n,
  warnings: [{ code: Code.PermissionDenied, message: "secret" }],
  checkpoint: { lastPath: new Uint8Array([0, 255]) },
});
const response = create(ChecksumTreeResponseSchema, { treeDigest: "abc", files: 3n });
const violation = { field: "root", description: "is on fire" };

/** Reports, opens the one gate, and ends as the root says once the other one opens. */
function gated(reported: Gate, go: Gate): ChecksumHandler {
  return async ({ root }, operation) => {
    await operation.report(metadata);
    reported.open();
    await go.passed;
    if (root === "fail") {
      const value = { fieldViolations: [violation] };
      throw new ConnectError("no", Code.Aborted, undefined, [{ desc: BadRequestSchema, value }]);
    }
    return response;
  };
}

/** The one operation that a server has, as another process lists it. */
async function onlyOperation(a: Serving): Promise<Operation> {
  for await (const operation of listOperations(createClient(Operations, a.connect()))) {
    return operation;
  }
  return expect.fail("there is none");
}

describe.each(transportKinds)("over $name", (kind) => {
  // A list does not tell REST which types there are: what it could not read is asked for again.
  const asksAgain = kind.name === "REST";

  test("a client that has started nothing resumes by name, while it runs and after", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const { name } = await a.client.checksumTree({ root: "." });
    await reported.passed;

    const elsewhere = createOperationClient(ChecksumServiceOperations, a.connect());
    const again = elsewhere.checksumTree.resume(name);
    expect(again).toMatchObject({ name, done: false, metadata: undefined, latest: undefined });
    const result = again.result();
    await a.pending("WaitOperation");
    go.open();
    expect(await result).toEqual(response);
    expect(again.metadata).toEqual(metadata);

    const later = createOperationClient(ChecksumServiceOperations, a.connect());
    expect(await later.checksumTree.resume(name).result()).toEqual(response);
    expect(a.methods).toEqual(["ChecksumTree", "WaitOperation", "WaitOperation"]);
  });

  test("who resumes listens from the state that there is", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const { name } = await a.client.checksumTree({ root: "." });
    await reported.passed;

    const elsewhere = createOperationClient(ChecksumServiceOperations, a.connect());
    const seen: unknown[] = [];
    for await (const state of elsewhere.checksumTree.resume(name).progress()) {
      seen.push(state);
      go.open();
    }

    expect(seen).toEqual([metadata]);
  });

  test("who resumes what failed has the details", async () => {
    const [reported, go] = [gate(), gate()];
    go.open();
    await using a = await serving(kind, gated(reported, go));
    const { name } = await a.client.checksumTree({ root: "fail" });

    const elsewhere = createOperationClient(ChecksumServiceOperations, a.connect());
    const error = await rejectionOf(elsewhere.checksumTree.resume(name).result());

    expect(error).toBeInstanceOf(OperationError);
    expect((error as OperationError).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [violation] },
    ]);
  });

  test("what was listed is resumed as it stands", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const { name } = await a.client.checksumTree({ root: "." });
    await reported.passed;

    const elsewhere = createOperationClient(ChecksumServiceOperations, a.connect());
    const running = elsewhere.checksumTree.resume(await onlyOperation(a));
    expect(running).toMatchObject({ name, done: false });
    go.open();
    expect(await running.result()).toEqual(response);
    expect(running.metadata).toEqual(metadata);

    const ended = elsewhere.checksumTree.resume(await onlyOperation(a));
    const { length } = a.methods;
    expect(ended).toMatchObject({ name, done: !asksAgain });
    expect(await ended.result()).toEqual(response);
    expect(ended.metadata).toEqual(metadata);
    expect(a.methods).toHaveLength(asksAgain ? length + 1 : length);
  });

  test("a state is read when it is asked for", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const operation = await a.client.checksumTree({ root: "." });
    await reported.passed;

    expect(await operation.poll()).toMatchObject({ kind: "running", metadata });
    expect(operation.metadata).toEqual(metadata);
    const result = operation.result();
    await a.pending("WaitOperation");
    expect(await operation.poll()).toMatchObject({ kind: "running" });
    go.open();
    expect(await result).toEqual(response);
    expect(await operation.poll()).toMatchObject({ kind: "succeeded", response, metadata });
    expect(a.methods).toEqual(["ChecksumTree", "GetOperation", "WaitOperation", "GetOperation"]);
  });

  test("the end that is read while others wait is theirs too", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const operation = a.client.checksumTree.resume((await a.client.checksumTree({})).name);
    go.open();
    const elsewhere = createOperationClient(ChecksumServiceOperations, a.connect());
    await elsewhere.checksumTree.resume(operation.name).result();

    const [outcome, result] = await Promise.all([operation.poll(), operation.result()]);

    expect(outcome).toMatchObject({ kind: "succeeded", response });
    expect(result).toEqual(response);
    await a.expectRest();
  });

  test("an operation that any client has started is waited for", async () => {
    const [reported, go] = [gate(), gate()];
    await using a = await serving(kind, gated(reported, go));
    const transport = a.connect();
    const plain = createClient(ChecksumServiceOperations, transport);
    const operations = createClient(Operations, transport);

    const started = [await plain.checksumTree({}), await plain.checksumTree({ root: "fail" })];
    const [succeeding, failing] = started.map((operation) =>
      waitForOperation(operations, operation, types),
    );
    await a.pending("WaitOperation");
    go.open();

    expect(await succeeding).toEqual(response);
    const error = await rejectionOf(failing ?? expect.fail());
    expect(error).toBeInstanceOf(OperationError);
    expect((error as OperationError).findDetails(BadRequestSchema)).toHaveLength(1);
    await a.expectRest();
  });

  test("what has ended is not asked for again, unless it could not be read", async () => {
    const [reported, go] = [gate(), gate()];
    go.open();
    await using a = await serving(kind, gated(reported, go));
    const { name } = await a.client.checksumTree({ root: "." });
    await a.client.checksumTree.resume(name).result();

    const ended = await onlyOperation(a);
    const { length } = a.methods;
    expect(ended).toMatchObject({ done: true });
    expect(await waitForOperation(a.api, ended, types)).toEqual(response);
    expect(a.methods).toHaveLength(asksAgain ? length + 1 : length);
  });
});
