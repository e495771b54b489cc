// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { memoryStore, type OperationStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { type ReplicaOptions, replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const leaseMs = 30_000;

const forever: TreeHandler = async () => {
  await gate().passed;
  return {};
};

/** A replica that works, and one that only answers. */
function pair(tree: TreeHandler, options: Partial<ReplicaOptions> = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const [link, other] = [linkTo(store), linkTo(store)];
  const a = replica(tree, { store: link.store, clock, leaseMs, ...options });
  const b = replica(tree, { store: other.store, clock, leaseMs, work: false });
  return { clock, store, link, other, a, b };
}

const cancelled = {
  kind: "cancelled",
  error: { code: Code.Canceled, rawMessage: "the operation was cancelled" },
};

test("a queued operation is cancelled at once, and never runs", async () => {
  let invoked = 0;
  const { a, b } = pair(
    async () => {
      invoked++;
      return {};
    },
    { work: false },
  );
  await using _a = a;
  await using _b = b;
  const name = await b.start();
  await b.api.cancelOperation({ name });
  expect(await b.outcome(name)).toMatchObject(cancelled);
  a.operations.work();
  await turns();
  expect(invoked).toBe(0);
});

test("a handler on another replica is told, and its operation ends cancelled", async () => {
  const reasons: unknown[] = [];
  const { clock, a, b } = pair(async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reasons.push(signal.reason);
    throw new Error("whatever");
  });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  await b.api.cancelOperation({ name });
  await until(async () => (await b.outcome(name)).kind === "cancelled");
  expect(reasons).toMatchObject([{ code: Code.Canceled }]);
  expect(clock.monotonic()).toBe(0);
  expect(a.errors).toEqual([]);
});

test("a lost notification costs at most a renewal", async () => {
  const { clock, link, a, b } = pair(async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  link.deaf = true;
  await b.api.cancelOperation({ name });
  await clock.advance(leaseMs / 3 - 1);
  expect(await b.outcome(name)).toMatchObject({ kind: "running" });
  await clock.advance(1);
  expect(await b.outcome(name)).toMatchObject(cancelled);
});

test("an operation whose worker is dead is cancelled when its lease ends", async () => {
  const { clock, link, other, a, b } = pair(forever);
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  link.down = true;
  b.operations.work();
  await b.api.cancelOperation({ name });
  await clock.advance(leaseMs - 1);
  expect(await b.outcome(name)).toMatchObject({ kind: "running" });
  await clock.advance(1);
  expect(await b.outcome(name)).toMatchObject(cancelled);
  await clock.advance(2 * leaseMs);
  expect(other.claims).toEqual([]);
});

test("cancelling again, or what is done, changes nothing; what is unknown is NOT_FOUND", async () => {
  const { store, clock, a, b } = pair(async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await gate().passed;
    return {};
  });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  let writes = 0;
  const unsubscribe = store.subscribe((changes) => {
    writes += changes.length;
  });
  await b.api.cancelOperation({ name });
  await b.api.cancelOperation({ name });
  await turns();
  expect(writes).toBe(1);
  // The grace begins with the first request.
  await clock.advance(20_000);
  await b.api.cancelOperation({ name });
  await clock.advance(10_000);
  expect(await b.outcome(name)).toMatchObject(cancelled);
  const done = await b.api.getOperation({ name });
  await b.api.cancelOperation({ name });
  expect(await b.api.getOperation({ name })).toEqual(done);
  expect(writes).toBe(2);
  unsubscribe();
  await expect(b.api.cancelOperation({ name: "operations/none" })).rejects.toMatchObject({
    code: Code.NotFound,
  });
});

test("a cancel request after the end leaves the result", async () => {
  const { a, b } = pair(async () => ({ treeDigest: "done" }));
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await until(async () => (await b.outcome(name)).kind === "succeeded");
  await b.api.cancelOperation({ name });
  expect(await b.outcome(name)).toMatchObject({ response: { treeDigest: "done" } });
});

test.each([
  { returns: true, kind: "succeeded" },
  { returns: false, kind: "cancelled" },
])("a cancel request that overtakes the end: $kind", async ({ returns, kind }) => {
  const act = gate();
  const ending = gate();
  const { link, a, b } = pair(async () => {
    await act.passed;
    if (returns) {
      return { treeDigest: "done" };
    }
    throw new ConnectError("broken", Code.DataLoss);
  });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  // The worker has decided how it ends before it can know of the request.
  link.before = (method) => (method === "update" ? ending.passed : undefined);
  act.open();
  await until(() => link.calls.update === 1);
  await b.api.cancelOperation({ name });
  await turns();
  ending.open();
  await until(async () => (await b.outcome(name)).kind !== "running");
  expect(await b.outcome(name)).toMatchObject({ kind });
});

test("a handler that goes on past its grace is cut off by any replica", async () => {
  const act = gate();
  const late: unknown[] = [];
  const { clock, a, b } = pair(
    {
      cancelGraceMs: 2_000,
      async run(_, operation) {
        await act.passed;
        try {
          await operation.report({ filesDone: 9n });
        } catch (error) {
          late.push(error);
        }
        return { treeDigest: "late" };
      },
    },
    { cancelGraceMs: 60_000 },
  );
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  await turns();
  await b.api.cancelOperation({ name });
  b.operations.work();
  await clock.advance(1_999);
  expect(await b.outcome(name)).toMatchObject({ kind: "running" });
  await clock.advance(1);
  expect(await b.outcome(name)).toMatchObject(cancelled);
  act.open();
  await turns();
  expect(late).toMatchObject([{ code: Code.Canceled }]);
  expect(await b.outcome(name)).toMatchObject({ ...cancelled, metadata: undefined });
});

test("a handler that is cut off before it has heard of the request is told that it was cancelled", async () => {
  let signal: AbortSignal | undefined;
  const { clock, store, b } = pair(forever, { work: false });
  await using _b = b;
  // All changes of one operation arrive as its last one.
  const link = linkTo(late(store, clock, 7_000));
  await using a = replica(
    async (_, operation) => {
      signal = operation.signal;
      await gate().passed;
      return {};
    },
    { store: link.store, clock, leaseMs, cancelGraceMs: 0 },
  );
  await turns();
  const name = await a.start();
  await b.api.cancelOperation({ name });
  await clock.advance(7_000);
  expect(await b.outcome(name)).toMatchObject(cancelled);
  expect(signal?.reason).toMatchObject({ code: Code.Canceled });
});

/** A store that tells of changes with a delay, and only of the last one of each operation. */
function late(
  store: OperationStore,
  clock: ReturnType<typeof steppedClock>,
  delayMs: number,
): OperationStore {
  return {
    ...store,
    subscribe(listener) {
      const pending = new Map<string, Parameters<typeof listener>[0][number]>();
      return store.subscribe((changes) => {
        for (const change of changes) {
          pending.set(change.name, change);
        }
        clock.schedule(() => {
          listener([...pending.values()]);
          pending.clear();
        }, delayMs);
      });
    },
  };
}
