// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { memoryStore, type OperationsOptions } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeHandler, type TreeOutcome } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

async function outcomeOf(tree: TreeHandler, options: Partial<OperationsOptions> = {}) {
  const clock = steppedClock();
  await using a = replica(tree, { store: memoryStore({ clock }), ...options, clock });
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind !== "running");
  return { outcome: await a.outcome(name), errors: a.errors };
}

function expectTooLarge(outcome: TreeOutcome, role: string): void {
  expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.ResourceExhausted } });
  const details = outcome.kind === "failed" ? outcome.error.findDetails(ErrorInfoSchema) : [];
  expect(details).toMatchObject([{ reason: `${role}_TOO_LARGE` }]);
}

const ofBytes = (bytes: number) => ({ treeDigest: "x".repeat(bytes) });
const limit = 128 * 1024;

test("a response that is too large ends the operation, which says so", async () => {
  const { outcome } = await outcomeOf(async () => ofBytes(4 * 1024 * 1024));
  expectTooLarge(outcome, "RESPONSE");
});

test.each([
  { how: "just reported", await: false },
  { how: "stored before", await: true },
])("metadata that was $how counts against the size of the whole operation", async (row) => {
  const tree =
    (bytes: number): TreeHandler =>
    async (_, operation) => {
      const reported = operation.report({ currentPath: "x".repeat(60_000) });
      if (row.await) {
        await reported;
      }
      return ofBytes(bytes);
    };
  const options = { maxOperationBytes: limit };
  const fits = await outcomeOf(tree(limit - 60_000 - 5_000), options);
  expect(fits.outcome).toMatchObject({ kind: "succeeded" });
  const tooLarge = await outcomeOf(tree(limit - 60_000), options);
  expectTooLarge(tooLarge.outcome, "RESPONSE");
});

test("metadata of an earlier attempt counts too", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const options = { maxOperationBytes: limit, clock };
  const interrupted: TreeHandler = async (_, operation) => {
    await operation.report({ currentPath: "x".repeat(60_000) });
    await gate().passed;
    return {};
  };
  const first = replica(interrupted, { ...options, store: linkTo(store).store });
  const name = await first.start();
  await turns();
  await first[Symbol.asyncDispose]();
  const second: TreeHandler = async () => ofBytes(limit - 60_000);
  await using b = replica(second, { ...options, store: linkTo(store).store });
  await until(async () => (await b.outcome(name)).kind !== "running");
  expectTooLarge(await b.outcome(name), "RESPONSE");
});

test("a response that cannot be encoded fails as an internal error", async () => {
  const { outcome, errors } = await outcomeOf(async () => ({ files: "many" as unknown as bigint }));
  expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.Internal } });
  expect(String(errors[0]?.error)).toContain("checksum.v1.ChecksumTreeResponse.files");
});

test("a handler that returns nothing gives an empty response", async () => {
  const nothing = async () => undefined;
  const { outcome } = await outcomeOf(nothing as unknown as TreeHandler);
  expect(outcome).toMatchObject({ kind: "succeeded", response: { treeDigest: "", files: 0n } });
});

test("a request that is too large is refused, and nothing stored", async () => {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  await using a = replica(async () => ({}), { store: link.store, clock, maxRequestBytes: 100 });
  const failing = a.checksum.checksumTree({ root: "x".repeat(100) });
  await expect(failing).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "the request has 102 bytes, more than the 100 that are allowed",
  });
  expect(link.calls.insert).toBe(0);
  // The slot that it would have run in is free.
  await a.start("x".repeat(98));
});
