// SPDX-License-Identifier: Apache-2.0

import { checkEqual } from "../check.ts";
import { checkHidden } from "./check-hidden.ts";
import { listedNames } from "./list-queries.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  hourMs,
  inserted,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

const retentionMs = 5_000;

export const expiring: StoreCases = {
  async "insert as done stores the result, and expires"(subject) {
    const { store, clock } = subject;
    const operation = newOperation("operations/a", { retentionMs, metadata: packed(1) });
    const record = inserted(await store.insert(operation, { kind: "done", result: succeeded }));
    const { state, result, metadata, endTimeUs } = record;
    checkEqual(
      { state, result, metadata, endTimeUs },
      { state: "done", result: succeeded, metadata: packed(1), endTimeUs: clock.now() * 1000 },
      "what insert returned",
    );
    checkEqual(fieldsOf(await stored(store)), fieldsOf(record), "what is stored");
    checkEqual(await claimAll(store), [], "what can be claimed");
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: undefined }, "what is overdue");
    checkEqual(await store.cancel("operations/a", cancelled), "unchanged", "what a cancel says");
    clock.advance(retentionMs - 1);
    checkEqual(fieldsOf(await stored(store)), fieldsOf(record), "the record before it expires");
    clock.advance(1);
    await checkHidden(subject, "operations/a");
  },

  async "what has ended expires once its retention is over, from its end on"(subject) {
    const { store, clock } = subject;
    await enqueue(store, newOperation("operations/a", { retentionMs }));
    const [claim = { name: "", fence: 0 }] = await claimAll(store);
    clock.advance(retentionMs * 3);
    await store.update(claim, { kind: "end", result: succeeded });
    clock.advance(retentionMs - 1);
    checkEqual(await listedNames(store), ["operations/a"], "what is listed before");
    clock.advance(1);
    await checkHidden(subject, "operations/a");
  },

  async "what was cancelled or lost for good expires, too"(subject) {
    const { store, clock } = subject;
    await enqueue(store, newOperation("operations/a", { retentionMs }));
    await store.cancel("operations/a", cancelled);
    await store.insert(newOperation("operations/b", { retentionMs }), {
      kind: "claimed",
      leaseMs: 0,
    });
    const lose = { kind: "lose", delayMs: 0, ifCancelled: cancelled, result: cancelled } as const;
    await store.update({ name: "operations/b", fence: 1 }, lose);
    clock.advance(retentionMs - 1);
    checkEqual((await listedNames(store)).length, 2, "how many are listed before");
    clock.advance(1);
    await checkHidden(subject, "operations/a");
    await checkHidden(subject, "operations/b");
  },

  async "what is queued or runs never expires"({ store, clock }) {
    await running(store, "operations/a");
    await enqueue(store, newOperation("operations/b", { retentionMs: 0 }));
    const external = newOperation("operations/c", { retentionMs: 0 });
    await store.insert(external, { kind: "external", timeoutMs: 1_000 });
    clock.advance(100 * 24 * hourMs);
    checkEqual(await store.purge(10), 0, "how many were purged");
    checkEqual((await listedNames(store)).length, 3, "how many are listed");
  },

  async "purge removes what has expired, and nothing else"({ store, clock }) {
    for (const [name, days] of [
      ["operations/a", 3],
      ["operations/b", 1],
      ["operations/c", 2],
    ] as const) {
      const operation = newOperation(name, { retentionMs: days * 24 * hourMs });
      await store.insert(operation, { kind: "done", result: succeeded });
    }
    checkEqual(await store.purge(10), 0, "how many were purged before any had expired");
    clock.advance(25 * hourMs);
    checkEqual(await store.purge(10), 1, "how many were purged after a day");
    checkEqual(await listedNames(store), ["operations/c", "operations/a"], "what is listed");
    await enqueue(store, newOperation("operations/b"));
    clock.advance(48 * hourMs);
    const purged = [await store.purge(1), await store.purge(1), await store.purge(1)];
    checkEqual(purged, [1, 1, 0], "how many were purged one by one");
    checkEqual(await listedNames(store), ["operations/b"], "what is listed at last");
  },

  async "an operation does not end before it began, whatever the clock does"({ store, clock }) {
    const claim = await running(store);
    clock.setWall(clock.now() - 5_000);
    await store.update(claim, { kind: "end", result: succeeded });
    const { createTimeUs, endTimeUs } = await stored(store);
    checkEqual(endTimeUs, createTimeUs, "the end time");
  },
};
