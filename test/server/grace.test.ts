// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const forever: TreeHandler = async () => {
  await gate().passed;
  return {};
};

describe.each(stores)("on $name", ({ open }) => {
  test.each([
    { cancelGraceMs: 0 },
    { cancelGraceMs: 1 },
    { cancelGraceMs: 700 },
    { cancelGraceMs: 61_234 },
  ])("a grace of $cancelGraceMs ms is kept to within 100 ms", async ({ cancelGraceMs }) => {
    const clock = steppedClock();
    await using shared = await open(clock);
    const options = { clock, cancelGraceMs, sweepIntervalMs: 60_000 };
    await using a = replica(forever, { ...options, store: linkTo(shared.store).store });
    await using b = replica(forever, {
      ...options,
      store: linkTo(shared.store).store,
      work: false,
    });
    await turns();
    const name = await a.start();
    await clock.advance(12_345);
    await b.api.cancelOperation({ name });
    await clock.advance(cancelGraceMs - 1);
    expect(await b.outcome(name)).toMatchObject({ kind: "running" });
    await clock.advance(101);
    await until(async () => (await b.outcome(name)).kind === "cancelled");
  });

  test("a lease that is shorter than the sweep interval is missed in time", async () => {
    const clock = steppedClock();
    await using shared = await open(clock);
    const [linkA, linkB] = [linkTo(shared.store), linkTo(shared.store)];
    const options = { clock, leaseMs: 10_000, sweepIntervalMs: 60_000 };
    await using b = replica(async () => ({}), { ...options, store: linkB.store, concurrency: 1 });
    await using a = replica(forever, { ...options, store: linkA.store });
    await turns();
    await clock.advance(20_000);
    const name = await a.start();
    await turns();
    linkA.down = true;
    await clock.advance(10_000);
    await until(async () => (await b.outcome(name)).kind === "succeeded");
  });
});

test("a storm of cancel requests costs few looks at the store", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  await using a = replica(forever, {
    store: link.store,
    clock,
    concurrency: 200,
    sweepIntervalMs: 60_000,
  });
  await turns();
  const names = await Promise.all(Array.from({ length: 200 }, () => a.start()));
  await turns();
  const looks = link.calls.overdue;
  for (const name of names) {
    await a.api.cancelOperation({ name });
    await clock.advance(1);
  }
  await clock.advance(1_000);
  expect(link.calls.overdue - looks).toBeLessThanOrEqual(6);
});

test("an external operation that is not done in time ends ABORTED, or CANCELLED", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await using a = replica(forever, { store, clock });
  const start = (name: string) =>
    store.insert(newOperation(name, { cancelGraceMs: 60_000 }), {
      kind: "external",
      timeoutMs: 10_000,
    });
  await Promise.all([start("operations/a"), start("operations/b"), start("operations/c")]);
  await a.api.cancelOperation({ name: "operations/b" });
  await clock.advance(9_999);
  expect(await a.outcome("operations/a")).toMatchObject({ kind: "running" });
  await clock.advance(1);
  expect(await a.outcome("operations/a")).toMatchObject({
    kind: "failed",
    error: { code: 10, rawMessage: "the operation was not completed in time" },
  });
  expect(await a.outcome("operations/b")).toMatchObject({ kind: "cancelled" });
});
