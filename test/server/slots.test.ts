// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { type Gate, gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

/** A replica with so many slots. Its handlers end when their root's gate opens. */
function slots(concurrency: number) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const gates = new Map<string, Gate>();
  const running = new Set<string>();
  const order: string[] = [];
  const gateOf = (root: string): Gate => {
    const existing = gates.get(root) ?? gate();
    gates.set(root, existing);
    return existing;
  };
  const a = replica(
    async ({ root }) => {
      order.push(root);
      running.add(root);
      await gateOf(root).passed;
      running.delete(root);
      return { treeDigest: root };
    },
    { store: link.store, clock, concurrency, leaseMs: 30_000, cancelGraceMs: 1_000, work: false },
  );
  return { clock, store, link, a, running, order, end: (root: string) => gateOf(root).open() };
}

test("no more operations run than there are slots, in the order in which they were started", async () => {
  const { clock, a, running, order, end } = slots(2);
  await using _ = a;
  a.operations.work();
  for (const root of ["1", "2", "3", "4", "5"]) {
    await a.start(root);
    await clock.advance(10);
  }
  expect([...running]).toEqual(["1", "2"]);
  end("2");
  await until(() => running.has("3"));
  expect([...running]).toEqual(["1", "3"]);
  for (const root of ["1", "3", "4", "5"]) {
    end(root);
  }
  await until(() => order.length === 5 && running.size === 0);
  expect(order).toEqual(["1", "2", "3", "4", "5"]);
});

test("what queues already runs before what is started later", async () => {
  const { clock, a, running, order, end } = slots(1);
  await using _ = a;
  for (const root of ["1", "2", "3"]) {
    await a.start(root);
    await clock.advance(10);
  }
  a.operations.work();
  await a.start("4");
  await until(() => running.size === 1);
  for (const root of ["1", "2", "3", "4"]) {
    end(root);
    await turns();
    await a.start(`after ${root}`);
    end(`after ${root}`);
  }
  await until(() => order.length === 8);
  expect(order.slice(0, 4)).toEqual(["1", "2", "3", "4"]);
});

test("what was queued elsewhere while claims are under way is not overtaken", async () => {
  const { clock, store, a, link, running, order, end } = slots(2);
  await using _a = a;
  await using other = replica(async () => ({}), { store: linkTo(store).store, clock, work: false });
  a.operations.work();
  await turns();
  await a.start("1");
  const claimed = gate();
  link.before = (method) => (method === "claim" ? claimed.passed : undefined);
  await clock.advance(5_000);
  // A claim for the other slot is under way, one slot becomes free, and there is work for it.
  end("1");
  await turns();
  await other.start("2");
  await turns();
  await a.start("3");
  claimed.open();
  await until(() => running.size === 2);
  expect(order).toEqual(["1", "2", "3"]);
});

test("a free slot takes a new operation without a second write", async () => {
  const { a, link, end } = slots(2);
  await using _ = a;
  a.operations.work();
  await turns();
  const { claim } = link.calls;
  const name = await a.start("1");
  end("1");
  await until(async () => (await a.outcome(name)).kind === "succeeded");
  expect(link.calls).toMatchObject({ insert: 1, update: 1, claim });
});

test("an operation that cannot be stored leaves its slot", async () => {
  const { a, link, running } = slots(1);
  await using _ = a;
  a.operations.work();
  await turns();
  link.before = (method) => {
    if (method === "insert") {
      throw new Error("no insert gets through");
    }
  };
  await expect(a.start("1")).rejects.toThrow("the operation store failed");
  link.before = () => undefined;
  await a.start("2");
  await until(() => running.has("2"));
});

test("what is queued while a slot waits for an operation that cannot be stored runs at once", async () => {
  const { clock, store, a, link, running } = slots(1);
  await using _ = a;
  await using other = replica(async () => ({}), {
    store: linkTo(store).store,
    clock,
    work: false,
  });
  a.operations.work();
  await turns();
  const inserted = gate();
  link.before = async (method) => {
    if (method === "insert") {
      await inserted.passed;
      throw new Error("no insert gets through");
    }
  };
  const failing = a.start("1").catch(() => undefined);
  await turns();
  await other.start("2");
  await turns();
  expect([...running]).toEqual([]);
  inserted.open();
  await failing;
  await turns();
  expect([...running]).toEqual(["2"]);
  expect(clock.monotonic()).toBe(0);
});

test("a handler that ignores its signal keeps its slot until it settles", async () => {
  const { clock, a, running, end } = slots(1);
  await using _ = a;
  a.operations.work();
  await turns();
  const name = await a.start("stubborn");
  await turns();
  await a.start("next");
  await a.api.cancelOperation({ name });
  await clock.advance(60_000);
  expect(await a.outcome(name)).toMatchObject({ kind: "cancelled" });
  expect([...running]).toEqual(["stubborn"]);
  end("stubborn");
  await until(() => running.has("next"));
});

test("a handler that was overtaken keeps its slot until it settles", async () => {
  const { clock, store, a, link, running, order, end } = slots(1);
  await using _a = a;
  a.operations.work();
  await turns();
  const name = await a.start("stubborn");
  await turns();
  link.down = true;
  await using b = replica(async () => ({ treeDigest: "b" }), {
    store: linkTo(store).store,
    clock,
    leaseMs: 30_000,
  });
  await clock.advance(30_000);
  await until(async () => (await b.outcome(name)).kind === "succeeded");
  await b.operations.close();
  link.down = false;
  await a.start("next");
  await clock.advance(60_000);
  expect([...running]).toEqual(["stubborn"]);
  end("stubborn");
  await until(() => running.has("next"));
  expect(order).toEqual(["stubborn", "next"]);
});

test("work() begins once, and a replica that never calls it only answers", async () => {
  const { clock, a, link, order, end } = slots(4);
  await using _ = a;
  end("1");
  const name = await a.start("1");
  await clock.advance(60_000);
  expect(await a.outcome(name)).toMatchObject({ kind: "running" });
  expect(link.calls).toMatchObject({ claim: 0, overdue: 0, purge: 0 });
  a.operations.work();
  a.operations.work();
  await until(async () => (await a.outcome(name)).kind === "succeeded");
  expect(order).toEqual(["1"]);
  await clock.advance(60_000);
  expect(link.calls.overdue).toBe(13);
});

test("an idle replica hears of what another one queues", async () => {
  const { clock, store, a, running } = slots(1);
  await using _a = a;
  a.operations.work();
  await using front = replica(async () => ({}), { store: linkTo(store).store, clock, work: false });
  await turns();
  await front.start("1");
  await until(() => running.has("1"));
  expect(clock.monotonic()).toBe(0);
});

test("a sweep finds what no notification told of", async () => {
  const { clock, store, link, a, running } = slots(1);
  await using _a = a;
  a.operations.work();
  await using front = replica(async () => ({}), { store: linkTo(store).store, clock, work: false });
  await turns();
  link.deaf = true;
  await front.start("1");
  await turns();
  link.deaf = false;
  await clock.advance(4_999);
  expect([...running]).toEqual([]);
  await clock.advance(1);
  expect([...running]).toEqual(["1"]);
});
