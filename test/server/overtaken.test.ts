// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { pausable } from "./pausable-clock.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const leaseMs = 30_000;

/** Two replicas over one store. A paused one fires no timers. */
function pair(tree: TreeHandler) {
  const clock = steppedClock();
  const clockA = pausable(clock);
  const store = memoryStore({ clock });
  const [linkA, linkB] = [linkTo(store), linkTo(store)];
  const a = replica(tree, { store: linkA.store, clock: clockA, leaseMs });
  const b = replica(tree, { store: linkB.store, clock, leaseMs, work: false });
  return { clock, clockA, store, linkA, linkB, a, b };
}

test("a paused replica loses its operation, and what it writes later changes nothing", async () => {
  const resumed = gate();
  const secondMay = gate();
  const seen: unknown[] = [];
  const { clock, clockA, linkA, linkB, a, b } = pair(async (_, operation) => {
    if (operation.attempt === 2) {
      seen.push(operation.metadata?.filesDone);
      await operation.report({ filesDone: 20n });
      await secondMay.passed;
      return { treeDigest: "second" };
    }
    await operation.report({ filesDone: 10n });
    await resumed.passed;
    // Nothing has told this attempt yet that another one runs.
    seen.push(operation.signal.aborted);
    seen.push(await operation.report({ filesDone: 11n }).catch((error: unknown) => error));
    seen.push(operation.signal.reason);
    return { treeDigest: "first" };
  });
  await using _a = a;
  await using _b = b;
  await turns();
  const name = await a.start();
  await turns();
  b.operations.work();
  clockA.pause();
  linkA.down = true;
  await clock.advance(leaseMs - 1);
  expect(linkB.claims).toEqual([]);
  await clock.advance(1);
  expect(linkB.claims).toMatchObject([{ name, attempt: 2, losses: 1 }]);

  linkA.down = false;
  resumed.open();
  await until(() => seen.length === 4);
  clockA.resume();
  await clock.advance(1_000);
  const interrupted = expect.objectContaining({ code: Code.Unavailable });
  expect(seen).toEqual([10n, false, interrupted, interrupted]);
  expect(await b.outcome(name)).toMatchObject({ kind: "running", metadata: { filesDone: 20n } });

  secondMay.open();
  await until(async () => (await b.outcome(name)).kind !== "running");
  expect(await b.outcome(name)).toMatchObject({
    kind: "succeeded",
    response: { treeDigest: "second" },
    metadata: { filesDone: 20n },
  });
  expect(linkA.claims).toEqual([]);
});

test("a replica that resumes before anybody has overtaken it goes on", async () => {
  const done = gate();
  let signal: AbortSignal | undefined;
  const { clock, clockA, a } = pair(async (_, operation) => {
    signal = operation.signal;
    await done.passed;
    return { treeDigest: "first" };
  });
  await using _ = a;
  const name = await a.start();
  await turns();
  clockA.pause();
  await clock.advance(leaseMs * 0.8);
  clockA.resume();
  await clock.advance(leaseMs);
  expect(signal?.aborted).toBe(false);
  done.open();
  await until(async () => (await a.outcome(name)).kind === "succeeded");
});

test("a replica that hears that it was overtaken stops its handler at once", async () => {
  const signals: AbortSignal[] = [];
  const { clock, clockA, linkA, a, b } = pair(async (_, operation) => {
    signals.push(operation.signal);
    await gate().passed;
    return {};
  });
  await using _a = a;
  await using _b = b;
  await a.start();
  await turns();
  clockA.pause();
  b.operations.work();
  await clock.advance(leaseMs);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(signals[0]?.reason).toMatchObject({ code: Code.Unavailable });
  expect(linkA.calls.renew).toBe(0);
  clockA.resume();
});

test("an attempt that settles late does not hide the one that runs", async () => {
  const signals: AbortSignal[] = [];
  const first = gate();
  const { clock, linkA, a, b } = pair(async (_, { attempt, signal }) => {
    signals.push(signal);
    await (attempt === 1 ? first : gate()).passed;
    return {};
  });
  await using _a = a;
  await using _b = b;
  await turns();
  const name = await a.start();
  await turns();
  linkA.before = (method) => {
    if (method === "renew") {
      throw new Error("no renewal gets through");
    }
  };
  await clock.advance(leaseMs);
  expect(linkA.claims).toHaveLength(1);
  first.open();
  await turns();
  await b.api.cancelOperation({ name });
  await turns();
  expect(signals[1]?.reason).toMatchObject({ code: Code.Canceled });
});

test("a replica that is deaf learns from its next renewal that it was overtaken", async () => {
  const signals: AbortSignal[] = [];
  const { clock, store, linkA, a, b } = pair(async (_, operation) => {
    signals.push(operation.signal);
    await gate().passed;
    return {};
  });
  await using _a = a;
  await using _b = b;
  await a.start();
  await turns();
  linkA.deaf = true;
  // For a replica that only starts now, the lease has run out long ago.
  clock.setWall(clock.now() + 3_600_000);
  await using _c = replica(async () => ({}), { store: linkTo(store).store, clock, leaseMs });
  await clock.advance(leaseMs / 3 - 1);
  expect(signals[0]?.aborted).toBe(false);
  await clock.advance(1);
  expect(signals[0]?.reason).toMatchObject({ code: Code.Unavailable });
});
