// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import type { OperationStore } from "../../../src/server/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { type ManualClock, manualClock } from "../../../src/testing/index.ts";
import { freshPath } from "./files.ts";
import { insert, names, newOperation } from "./operations.ts";

const startMs = Date.UTC(2030, 0, 1);

function open(path: string, clock: ManualClock): OperationStore {
  const store = sqliteStore(path, { clock });
  onTestFinished(() => store.close());
  return store;
}

async function insertAll(store: OperationStore, wanted: readonly string[]): Promise<number[]> {
  const records = await Promise.all(wanted.map((name) => insert(store, newOperation(name))));
  return records.map(({ createTimeUs }) => createTimeUs);
}

test("processes that insert at one moment take turns in microseconds", async () => {
  const path = freshPath();
  const clock = manualClock(startMs);
  const [a, b] = [open(path, clock), open(path, clock)];
  const times = [
    ...(await insertAll(a, names(3, "operations/a-"))),
    ...(await insertAll(b, names(3, "operations/b-"))),
    ...(await insertAll(a, names(3, "operations/c-"))),
  ];
  expect(times).toEqual(times.map((_, index) => startMs * 1000 + index));
});

test("times that a wrong clock gave are not kept up with", async () => {
  const path = freshPath();
  const wrong = open(path, manualClock(startMs + 3_600_000));
  const right = open(path, manualClock(startMs));
  await insertAll(wrong, names(3, "operations/a-"));
  expect(await insertAll(right, names(1, "operations/b-"))).toEqual([startMs * 1000]);
});

test("times that a wrong clock gave are not given again", async () => {
  const path = freshPath();
  const wrong = open(path, manualClock(startMs + 1_000 - 0.01));
  const right = open(path, manualClock(startMs));
  const taken = await insertAll(wrong, names(30, "operations/a-"));
  const last = taken.at(-1) ?? 0;
  // Its search for a free time ends within what is taken.
  expect(await insertAll(right, names(2, "operations/b-"))).toEqual([last + 1, last + 2]);
});
