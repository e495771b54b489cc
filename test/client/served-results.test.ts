// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { WaitError } from "../../src/client/index.ts";
import { OperationError } from "../../src/index.ts";
import { gate } from "../server/gate.ts";
import { aborted, rejectionOf, serving, untilAborted } from "./serving.ts";
import { transportKinds } from "./transports.ts";

const fieldViolations = [{ field: "root", description: "is on fire" }];
const badRequest = { desc: BadRequestSchema, value: { fieldViolations } };

describe.each(transportKinds)("over $name", (kind) => {
  test("an operation starts, and has its response", async () => {
    const response = { treeDigest: "abc", files: 3n, bytes: 2n ** 60n };
    await using a = await serving(kind, async ({ root }, operation) => {
      await operation.report({ root, filesDone: 3n });
      return response;
    });

    const operation = await a.client.checksumTree({ root: "/srv" });

    expect(operation).toMatchObject({ name: expect.stringMatching(/^operations\/./), done: false });
    expect(await operation.result()).toEqual(create(ChecksumTreeResponseSchema, response));
    expect(operation.done).toBe(true);
    expect(operation.latest).toMatchObject({ name: operation.name, done: true });
    expect(operation.metadata).toEqual(
      create(ChecksumTreeMetadataSchema, { root: "/srv", filesDone: 3n }),
    );
    expect(a.methods).toEqual(["ChecksumTree", "WaitOperation"]);
    await a.expectRest();
  });

  test("an ordinary method passes through", async () => {
    await using a = await serving(kind, async () => ({}), {
      listAlgorithms(_, { requestHeader }) {
        if (requestHeader.get("caller") === "mallory") {
          throw new ConnectError("not you", Code.PermissionDenied, undefined, [badRequest]);
        }
        return { algorithms: ["sha256", "blake3"] };
      },
    });

    expect(await a.client.listAlgorithms({})).toMatchObject({ algorithms: ["sha256", "blake3"] });
    const refusal = await rejectionOf(
      a.client.listAlgorithms({}, { headers: { caller: "mallory" } }),
    );
    expect(refusal).toBeInstanceOf(ConnectError);
    expect(refusal).toMatchObject({ code: Code.PermissionDenied, rawMessage: "not you" });
    expect((refusal as ConnectError).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations },
    ]);
    expect(a.methods).toEqual(["ListAlgorithms", "ListAlgorithms"]);
  });

  test("of one that is done as it starts nothing more is asked", async () => {
    const metadata = { root: "/srv", filesDone: 3n };
    await using a = await serving(kind, {
      start: () => ({ metadata, response: { treeDigest: "known" } }),
      run: () => expect.fail("there is nothing left to run"),
    });

    const operation = await a.client.checksumTree({ root: "/srv" });
    expect(operation.done).toBe(true);
    const seen: unknown[] = [];
    for await (const state of operation.progress()) {
      seen.push(state);
    }
    expect(await operation.result()).toMatchObject({ treeDigest: "known" });
    expect(await operation.poll()).toMatchObject({
      kind: "succeeded",
      response: { treeDigest: "known" },
    });
    expect(seen).toEqual([create(ChecksumTreeMetadataSchema, metadata)]);
    expect(a.methods).toEqual(["ChecksumTree"]);
  });

  test("several await one result, during and after, with one call", async () => {
    const go = gate();
    await using a = await serving(kind, async () => {
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });

    const during = [operation.result(), operation.result()];
    await a.pending("WaitOperation");
    during.push(operation.result());
    go.open();

    const response = create(ChecksumTreeResponseSchema, { treeDigest: "abc" });
    expect(await Promise.all(during)).toEqual([response, response, response]);
    expect(await operation.result()).toEqual(response);
    expect(await operation.result()).toEqual(response);
    expect(a.methods).toEqual(["ChecksumTree", "WaitOperation"]);
  });

  test("a failed operation rejects with its code, message and details", async () => {
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 7n });
      throw new ConnectError("the tree is on fire", Code.FailedPrecondition, undefined, [
        badRequest,
      ]);
    });
    const operation = await a.client.checksumTree({ root: "." });

    const [error, again] = await Promise.all([
      rejectionOf(operation.result()),
      rejectionOf(operation.result()),
    ]);

    for (const failure of [error, again, await rejectionOf(operation.result())]) {
      expect(failure).toBeInstanceOf(OperationError);
      expect(failure).not.toBeInstanceOf(ConnectError);
      expect(failure).toMatchObject({
        code: Code.FailedPrecondition,
        rawMessage: "the tree is on fire",
        operation: { name: operation.name, done: true },
      });
      const details = (failure as OperationError).findDetails(BadRequestSchema);
      expect(details).toMatchObject([{ fieldViolations }]);
    }
    expect(operation.metadata).toMatchObject({ filesDone: 7n });
    expect(await operation.poll()).toMatchObject({ kind: "failed", metadata: { filesDone: 7n } });
    expect(a.methods).toEqual(["ChecksumTree", "WaitOperation"]);
  });

  test("a cancelled operation says so, and waiting goes on until then", async () => {
    const [reported, stopped] = [gate(), gate()];
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 7n });
      reported.open();
      await aborted(operation.signal);
      await stopped.passed;
      throw operation.signal.reason;
    });
    const operation = await a.client.checksumTree({ root: "." });
    const result = rejectionOf(operation.result());
    await Promise.all([reported.passed, a.pending("WaitOperation")]);

    await operation.cancel();
    await operation.cancel();
    expect(operation.done).toBe(false);
    stopped.open();

    const error = await result;
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ code: Code.Canceled });
    expect((error as OperationError).findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "OPERATION_CANCELLED", domain: "checksum.test" },
    ]);
    expect(await operation.poll()).toMatchObject({
      kind: "cancelled",
      metadata: { filesDone: 7n },
    });
    await operation.cancel();
    await a.expectRest();
  });

  test("who waits for an operation that is deleted loses contact", async () => {
    await using a = await serving(kind, untilAborted);
    const operation = await a.client.checksumTree({ root: "." });
    const waiting = [
      rejectionOf(operation.result()),
      rejectionOf(operation.progress()[Symbol.asyncIterator]().next()),
    ];
    await a.pending("WaitOperation");

    await operation.delete();

    for (const error of [...(await Promise.all(waiting)), await rejectionOf(operation.result())]) {
      expect(error).toBeInstanceOf(WaitError);
      expect(error).not.toBeInstanceOf(ConnectError);
      expect(error).toMatchObject({
        kind: "lost-contact",
        operationName: operation.name,
        operation: { name: operation.name, done: false },
        cause: { code: Code.NotFound },
      });
      expect((error as WaitError).cause).toBeInstanceOf(ConnectError);
      expect((error as WaitError).cause?.findDetails(ErrorInfoSchema)).toHaveLength(1);
    }
    await a.expectRest();
  });

  test.each([
    Code.InvalidArgument,
    Code.Unavailable,
    Code.DeadlineExceeded,
    Code.ResourceExhausted,
  ])("an operation that cannot start rejects once, with an error of the RPC: %d", async (code) => {
    await using a = await serving(kind, {
      start() {
        throw new ConnectError("not now", code, undefined, [badRequest]);
      },
      run: () => expect.fail("it has not started"),
    });

    const error = await rejectionOf(a.client.checksumTree({ root: "." }));

    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code, rawMessage: "not now" });
    expect((error as ConnectError).findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations },
    ]);
    await a.expectRest();
    expect(a.methods).toEqual(["ChecksumTree"]);
  });
});
