// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { operationsError, packageDomain } from "../../src/server/errors.ts";
import { memoryStore, type OperationStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { type Replica, replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

const secret = new Error("password=secret");

/** A replica over a store whose methods fail while they are named in `broken`. */
function breaking(tree: TreeHandler, options: { work?: boolean } = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const broken = new Set<keyof OperationStore>();
  link.before = (method) => {
    if (broken.has(method)) {
      throw secret;
    }
  };
  const a = replica(tree, { store: link.store, clock, ...options });
  return { clock, store, link, broken, a };
}

const opaque = {
  code: "Internal",
  message: "the operation store failed",
  reason: "STORE_FAILED",
  domain: "checksum.v1.ChecksumService",
  details: {},
};

const name = "operations/a";

test.each<{ method: keyof OperationStore; call: (a: Replica) => Promise<unknown> }>([
  { method: "insert", call: (a) => a.checksum.checksumTree({ root: "/" }) },
  { method: "read", call: ({ api }) => api.getOperation({ name }) },
  { method: "read", call: ({ api }) => api.waitOperation({ name }) },
  { method: "list", call: ({ api }) => api.listOperations({}) },
  { method: "secret", call: ({ api }) => api.listOperations({ pageToken: "AAAA" }) },
  { method: "delete", call: ({ api }) => api.deleteOperation({ name }) },
  { method: "cancel", call: ({ api }) => api.cancelOperation({ name }) },
])("a caller is not told why $method failed, and onError is", async ({ method, call }) => {
  const { store, broken, a } = breaking(async () => ({}), { work: false });
  await using _ = a;
  await store.insert(newOperation(name), { kind: "queued" });
  broken.add(method);
  expect(await failureOf(call(a))).toEqual(opaque);
  expect(a.errors).toEqual([{ error: secret, context: { operation: undefined, source: "store" } }]);
});

test("what a store means for its callers reaches them", async () => {
  const { link, a } = breaking(async () => ({}), { work: false });
  await using _ = a;
  const busy = new ConnectError("the file is locked", Code.Unavailable);
  link.before = () => {
    throw busy;
  };
  await expect(a.api.getOperation({ name })).rejects.toMatchObject({
    code: Code.Unavailable,
    rawMessage: "the file is locked",
  });
  const locked = () =>
    operationsError({
      code: Code.Unavailable,
      message: "the file is locked",
      reason: "DATABASE_LOCKED",
      domain: packageDomain,
    });
  link.before = () => {
    throw locked();
  };
  // A store does not know for which service it works.
  expect(await failureOf(a.api.getOperation({ name }))).toMatchObject({
    code: "Unavailable",
    reason: "DATABASE_LOCKED",
    domain: "checksum.v1.ChecksumService",
  });
  expect(a.errors).toEqual([]);
  link.before = () => undefined;
});

test("waits that are pending are told that the store failed", async () => {
  const { store, broken, a } = breaking(async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  });
  await using _ = a;
  const started = await a.start();
  await turns();
  const waiting = failureOf(a.api.waitOperation({ name: started }));
  await turns();
  broken.add("read");
  await store.cancel(started, { kind: "error", code: 1, status: new Uint8Array([8, 1]) });
  expect(await waiting).toEqual(opaque);
});

test.each([
  { ends: "response", tree: async () => ({ treeDigest: "done" }), kind: "succeeded" },
  {
    ends: "error",
    async tree(): Promise<never> {
      throw new ConnectError("broken tree", Code.DataLoss);
    },
    kind: "failed",
  },
])("a handler's $ends is stored once the store is back", async ({ tree, kind }) => {
  const { clock, broken, a } = breaking(tree);
  await using _ = a;
  await turns();
  broken.add("update");
  const started = await a.start();
  await clock.advance(20_000);
  expect(await a.outcome(started)).toMatchObject({ kind: "running" });
  expect(a.errors.every(({ error }) => error === secret)).toBe(true);
  // Twice a second, and no faster.
  expect(a.errors.length).toBe(41);
  broken.clear();
  await clock.advance(500);
  expect(await a.outcome(started)).toMatchObject({ kind });
});

test("what waits to be released is released once the store is back", async () => {
  const { clock, link, broken, a } = breaking(async (_, { attempt, signal }) => {
    if (attempt > 1) {
      return { treeDigest: "second" };
    }
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  });
  await using _ = a;
  await turns();
  const started = await a.start();
  broken.add("renew").add("update").add("overdue");
  await clock.advance(35_000);
  broken.clear();
  await clock.advance(1_000);
  expect(await a.outcome(started)).toMatchObject({ response: { treeDigest: "second" } });
  expect(link.claims).toMatchObject([{ attempt: 2, losses: 0 }]);
});

test("claims that fail are tried again at the next sweep", async () => {
  const { clock, broken, a } = breaking(async () => ({}), { work: false });
  await using _ = a;
  const started = await a.start();
  broken.add("claim");
  a.operations.work();
  await clock.advance(20_000);
  expect(a.errors.length).toBeLessThanOrEqual(6);
  broken.clear();
  await clock.advance(5_000);
  expect(await a.outcome(started)).toMatchObject({ kind: "succeeded" });
});

test("renewals that fail are tried again, and cost nothing if one gets through", async () => {
  let signal: AbortSignal | undefined;
  const { clock, broken, a } = breaking(async (_, operation) => {
    signal = operation.signal;
    await gate().passed;
    return {};
  });
  await using _ = a;
  await turns();
  await a.start();
  broken.add("renew");
  await clock.advance(25_000);
  broken.clear();
  await clock.advance(60_000);
  expect(signal?.aborted).toBe(false);
  expect(a.errors.every(({ error }) => error === secret)).toBe(true);
});

test.each(["overdue", "purge"] as const)("sweeps go on after %s has failed", async (method) => {
  const { clock, link, broken, a } = breaking(async () => ({}));
  await using _ = a;
  broken.add(method);
  await clock.advance(20_000);
  expect(a.errors.length).toBeGreaterThanOrEqual(4);
  const calls = link.calls[method];
  broken.clear();
  await clock.advance(5_000);
  expect(link.calls[method]).toBe(calls + 1);
});

test("a store that fails to close fails close()", async () => {
  const { broken, a } = breaking(async () => ({}));
  await turns();
  broken.add("close");
  await expect(a.operations.close()).rejects.toBe(secret);
});
