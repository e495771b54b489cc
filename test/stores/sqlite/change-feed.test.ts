// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import type { OperationChange, OperationStore } from "../../../src/server/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { manualClock } from "../../../src/testing/index.ts";
import { connect, freshPath } from "./files.ts";
import { type Interposed, interpose } from "./interposed.ts";
import { cancelled, insert, names, newOperation } from "./operations.ts";

function open(path: string, clock = manualClock()) {
  const interposed: Interposed = {};
  const store = sqliteStore(interpose(connect(path), interposed), { clock });
  onTestFinished(() => store.close());
  return { store, clock, interposed };
}

/** Notes the batches of names that a store tells of. */
function batches(store: OperationStore): string[][] {
  const told: string[][] = [];
  store.subscribe((changes) => told.push(changes.map(({ name }) => name)));
  return told;
}

test("what another process wrote is told within 5 ms", async () => {
  const path = freshPath();
  const { store, clock } = open(path);
  const other = open(path);
  const told = batches(store);
  await insert(other.store, newOperation("operations/a"));
  clock.advance(4);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual([["operations/a"]]);
  clock.advance(50);
  expect(told).toHaveLength(1);
});

test("what both wrote is told once, in order, even between two polls", async () => {
  const path = freshPath();
  const { store, clock } = open(path);
  const other = open(path);
  const told = batches(store);
  await insert(other.store, newOperation("operations/a"));
  await insert(store, newOperation("operations/b"));
  await insert(other.store, newOperation("operations/c"));
  await insert(store, newOperation("operations/d"));
  clock.advance(5);
  expect(told.flat()).toEqual(["a", "b", "c", "d"].map((id) => `operations/${id}`));
});

test("a change that we wrote over is told as ours", async () => {
  const path = freshPath();
  const { store, clock } = open(path);
  const other = open(path);
  const changes: OperationChange[] = [];
  store.subscribe((batch) => changes.push(...batch));
  await insert(other.store, newOperation("operations/a"));
  await store.cancel("operations/a", cancelled);
  clock.advance(5);
  expect(changes).toEqual([
    { name: "operations/a", state: "done", fence: 1, cancelRequested: true, deleted: false },
  ]);
});

test("a long absence is caught up with in pages, and then nothing is left out", async () => {
  const path = freshPath();
  const { store, clock } = open(path);
  const other = open(path);
  const told = batches(store);
  const all = names(2_500);
  await Promise.all(all.map((name) => insert(other.store, newOperation(name))));
  clock.advance(5);
  expect(told.map(({ length }) => length)).toEqual([1_000]);
  await insert(store, newOperation("operations/own"));
  clock.advance(20);
  expect(told.flat()).toEqual([...all, "operations/own"]);
  for (const { length } of told) {
    expect(length).toBeLessThanOrEqual(1_000);
  }
});

test("nobody who listens, nobody who polls", async () => {
  const { store, clock, interposed } = open(freshPath());
  let polls = 0;
  interposed.before = (sql) => {
    polls += sql === "PRAGMA data_version" ? 1 : 0;
  };
  clock.advance(100);
  expect(polls).toBe(0);
  const stop = store.subscribe(() => {});
  polls = 0;
  clock.advance(100);
  expect(polls).toBe(20);
  stop();
  clock.advance(100);
  expect(polls).toBe(20);
});

test("a new subscription begins with what comes after it", async () => {
  const path = freshPath();
  const { store, clock } = open(path);
  const other = open(path);
  const first = batches(store);
  store.subscribe(() => {})();
  await insert(other.store, newOperation("operations/a"));
  clock.advance(5);
  expect(first.flat()).toEqual(["operations/a"]);

  const fresh = open(path);
  await insert(other.store, newOperation("operations/b"));
  const told = batches(fresh.store);
  await insert(other.store, newOperation("operations/c"));
  fresh.clock.advance(5);
  expect(told.flat()).toEqual(["operations/c"]);
});

test("a database that fails for a while loses no change", async () => {
  const path = freshPath();
  const { store, clock, interposed } = open(path);
  const other = open(path);
  const told = batches(store);
  const failure = Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY_RECOVERY" });
  interposed.before = (sql) => {
    if (sql.includes("(change, create_time_us) >") || sql === "PRAGMA data_version") {
      throw failure;
    }
  };
  await insert(other.store, newOperation("operations/a"));
  clock.advance(20);
  await insert(store, newOperation("operations/b"));
  expect(told).toEqual([]);
  delete interposed.before;
  clock.advance(5);
  expect(told.flat()).toEqual(["operations/a", "operations/b"]);
});

test.for(["PRAGMA data_version", "SELECT ifnull(max(change)"])(
  "a subscription that begins while the database refuses %s loses no change",
  async (refused) => {
    const path = freshPath();
    const { store, clock, interposed } = open(path);
    const other = open(path);
    interposed.before = (sql) => {
      if (sql.startsWith(refused)) {
        throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY_RECOVERY" });
      }
    };
    await insert(other.store, newOperation("operations/a"));
    const told = batches(store);
    delete interposed.before;
    clock.advance(5);
    expect(told.flat()).toEqual(["operations/a"]);
  },
);

test("a read that meets a lock is tried again, and answered", async () => {
  const { store, interposed } = open(freshPath());
  await insert(store, newOperation("operations/a"));
  let refusals = 3;
  interposed.before = (sql) => {
    if (sql.startsWith("SELECT method") && refusals-- > 0) {
      throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY_RECOVERY" });
    }
  };
  expect((await store.read("operations/a"))?.name).toBe("operations/a");
  expect(refusals).toBe(-1);
});
