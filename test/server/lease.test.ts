// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const leaseMs = 30_000;

/** Two replicas over one store, of which one works. */
function pair(tree: TreeHandler) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const [linkA, linkB] = [linkTo(store), linkTo(store)];
  const a = replica(tree, { store: linkA.store, clock, leaseMs });
  const b = replica(tree, { store: linkB.store, clock, leaseMs, work: false });
  return { clock, linkA, linkB, a, b };
}

test("renewals keep an operation for as long as its handler runs", async () => {
  const done = gate();
  const { clock, linkA, linkB, a, b } = pair(async () => {
    await done.passed;
    return { treeDigest: "first" };
  });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  b.operations.work();
  await clock.advance(10 * leaseMs);
  expect(linkB.claims).toEqual([]);
  expect(linkA.calls.renew).toBe(30);
  done.open();
  await until(async () => (await b.outcome(name)).kind === "succeeded");
  expect(a.errors).toEqual([]);
});

test("one timer renews all leases at once, and none are renewed once the work is done", async () => {
  const done = gate();
  const { clock, linkA, a } = pair(async () => {
    await done.passed;
    return {};
  });
  await using _ = a;
  const names = await Promise.all(Array.from({ length: 10 }, () => a.start()));
  await clock.advance(leaseMs);
  expect(linkA.calls.renew).toBe(3);
  done.open();
  await until(async () => (await a.outcome(names[9] ?? "")).kind === "succeeded");
  await clock.advance(leaseMs);
  expect(linkA.calls.renew).toBe(3);
});

test("a handler is stopped at nine tenths of its lease, by the monotonic clock", async () => {
  const stopped: number[] = [];
  const { clock, linkA, a } = pair(async (_, operation) => {
    operation.signal.addEventListener("abort", () => stopped.push(clock.monotonic()));
    await gate().passed;
    return {};
  });
  await using _ = a;
  await a.start();
  await turns();
  linkA.before = (method) => {
    if (method === "renew") {
      throw new Error("no renewal gets through");
    }
  };
  clock.setWall(clock.now() - 3_600_000);
  await clock.advance(leaseMs * 0.9 - 1);
  expect(stopped).toEqual([]);
  await clock.advance(1);
  expect(stopped).toEqual([leaseMs * 0.9]);
  // A renewal that failed is tried again at the next tick, not a third of a lease later.
  expect(linkA.calls.renew).toBe(18);
});

test("a lease is measured from before its claim was sent", async () => {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  const answer = gate();
  link.before = (method) => (method === "claim" ? answer.passed : undefined);
  let signal: AbortSignal | undefined;
  await using slow = replica(
    async (_, operation) => {
      signal = operation.signal;
      await gate().passed;
      return {};
    },
    { store: link.store, clock, leaseMs, work: false },
  );
  await slow.start();
  slow.operations.work();
  await clock.advance(leaseMs / 2);
  link.before = (method) => {
    if (method === "renew") {
      throw new Error("no renewal gets through");
    }
  };
  answer.open();
  await turns();
  await clock.advance(leaseMs * 0.4 - 1);
  expect(signal?.aborted).toBe(false);
  await clock.advance(leaseMs / 30);
  expect(signal?.aborted).toBe(true);
});
