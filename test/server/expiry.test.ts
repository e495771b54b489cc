// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { memoryStore, type OperationEvent } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { type ReplicaOptions, replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const dayMs = 86_400_000;
const result = { kind: "error", code: Code.Aborted, status: new Uint8Array([8, 10]) } as const;

/** A replica over a store with so many operations that have ended, and expire in a day. */
function expiring(count: number, options: Partial<ReplicaOptions> = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const told: OperationEvent[] = [];
  const a = replica(async () => ({}), {
    store: link.store,
    clock,
    work: false,
    onEvent: (event) => told.push(event),
    ...options,
  });
  const insert = Promise.all(
    Array.from({ length: count }, (_, n) =>
      store.insert(newOperation(`operations/${n}`, { retentionMs: dayMs }), {
        kind: "done",
        result,
      }),
    ),
  );
  const counts = () => told.flatMap((event) => (event.kind === "purged" ? [event.count] : []));
  return { clock, store, link, a, insert, counts };
}

test("what has expired is removed in batches, with room for others between them", async () => {
  const { clock, link, a, insert, counts } = expiring(250);
  await using _ = a;
  await insert;
  await clock.advance(dayMs);
  a.operations.work();
  await turns();
  expect(counts()).toEqual([100]);
  await clock.advance(50);
  expect(counts()).toEqual([100, 100]);
  await clock.advance(50);
  expect(counts()).toEqual([100, 100, 50]);
  // The next sweep looks again.
  await clock.advance(4_000);
  expect(link.calls.purge).toBe(3);
  await clock.advance(1_000);
  expect(link.calls.purge).toBe(4);
  expect(counts()).toHaveLength(3);
});

test("a hundred thousand take a minute at most, if the store takes no time", async () => {
  const clock = steppedClock();
  let left = 100_000;
  const store = {
    ...memoryStore({ clock }),
    async purge(limit: number) {
      const count = Math.min(left, limit);
      left -= count;
      return count;
    },
  };
  await using _ = replica(async () => ({}), { store, clock });
  await clock.advance(60_000);
  expect(left).toBe(0);
});

test("close() ends it, after the batch that is under way", async () => {
  const { clock, store, link, a, insert, counts } = expiring(250);
  await insert;
  await clock.advance(dayMs);
  const purged = gate();
  link.before = (method) => (method === "purge" ? purged.passed : undefined);
  a.operations.work();
  await turns();
  let closed = false;
  const closing = a.operations.close().then(() => {
    closed = true;
  });
  await turns();
  expect(closed).toBe(false);
  purged.open();
  await closing;
  await clock.advance(60_000);
  expect(counts()).toEqual([100]);
  expect(a.errors).toEqual([]);
  expect(await store.purge(1_000)).toBe(150);
});

test("close() ends it between two batches, too", async () => {
  const { clock, link, a, insert } = expiring(250);
  await insert;
  await clock.advance(dayMs);
  a.operations.work();
  await clock.advance(25);
  await a.operations.close();
  await clock.advance(60_000);
  expect(link.calls.purge).toBe(1);
});

test("a store that fails is asked again at the next sweep", async () => {
  const { clock, link, a, insert, counts } = expiring(10);
  await using _ = a;
  await insert;
  await clock.advance(dayMs);
  link.before = (method) => {
    if (method === "purge") {
      throw new Error("no purge gets through");
    }
  };
  a.operations.work();
  await clock.advance(4_999);
  expect(link.calls.purge).toBe(1);
  expect(a.errors).toMatchObject([{ error: { message: "no purge gets through" } }]);
  link.before = () => undefined;
  await clock.advance(1);
  expect(counts()).toEqual([10]);
});

describe.each(stores)("on $name", ({ open }) => {
  test("an operation is kept for as long as its method says, from its end", async () => {
    const clock = steppedClock();
    await using shared = await open(clock);
    const done = gate();
    await using a = replica(
      {
        retentionMs: 60_000,
        async run() {
          await done.passed;
          return {};
        },
      },
      { store: shared.store, clock },
    );
    const name = await a.start();
    await clock.advance(120_000);
    done.open();
    await until(async () => (await a.outcome(name)).kind === "succeeded");
    await clock.advance(59_999);
    expect(await a.outcome(name)).toMatchObject({ kind: "succeeded" });
    await clock.advance(1);
    await expect(a.outcome(name)).rejects.toMatchObject({ code: Code.NotFound });
  });
});
