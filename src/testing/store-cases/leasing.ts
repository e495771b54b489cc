// SPDX-License-Identifier: Apache-2.0

import type { LeasedWrite } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  graceMs,
  leaseMs,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

/** One write of each kind. */
const writes: readonly LeasedWrite[] = [
  { kind: "report", metadata: packed(1) },
  { kind: "end", result: succeeded, ifCancelled: cancelled, metadata: packed(2) },
  { kind: "release", ifCancelled: cancelled, metadata: packed(3) },
  { kind: "lose", delayMs: 0, ifCancelled: cancelled },
];

export const leasing: StoreCases = {
  async "renew makes a lease last from now on"({ store, clock }) {
    const claim = await running(store);
    clock.advance(leaseMs - 1);
    checkEqual(
      await store.renew([claim], leaseMs),
      [{ held: true, cancelRequested: false }],
      "the answer",
    );
    clock.advance(leaseMs - 1);
    checkEqual((await store.overdue(10)).overdue, [], "overdue just before the new end");
    clock.advance(1);
    checkEqual((await store.overdue(10)).overdue.length, 1, "overdue at the new end");
  },

  async "renew answers each lease in order, and only those that are held"({ store }) {
    const held = await running(store, "operations/a");
    const marked = await running(store, "operations/b");
    const ended = await running(store, "operations/c");
    await store.cancel(marked.name, cancelled);
    await store.update(ended, { kind: "end", result: succeeded });
    const leases = [
      { name: "operations/none", fence: 1 },
      marked,
      ended,
      { name: held.name, fence: held.fence + 1 },
      held,
    ];
    const gone = { held: false, cancelRequested: false };
    checkEqual(
      await store.renew(leases, leaseMs),
      [gone, { held: true, cancelRequested: true }, gone, gone, { ...gone, held: true }],
      "the answers",
    );
    checkEqual(await store.renew([], leaseMs), [], "the answers for no lease");
  },

  async "time alone takes nothing from a worker: late renewals and writes count"({ store, clock }) {
    const late = await running(store, "operations/a");
    const later = await running(store, "operations/b");
    clock.advance(leaseMs * 10);
    checkEqual((await store.renew([late], leaseMs))[0]?.held, true, "a late renewal");
    const end: LeasedWrite = { kind: "end", result: succeeded };
    checkEqual(await store.update(later, end), true, "a late end");
  },

  async "report replaces the metadata, and keeps the fence"({ store }) {
    const claim = await running(store);
    for (const metadata of [packed(1, 300), packed(2, 0), packed(3, 5_000)]) {
      checkEqual(await store.update(claim, { kind: "report", metadata }), true, "the report");
      const record = await stored(store);
      checkEqual(record.metadata, metadata, "the metadata");
      checkEqual([record.state, record.result], ["running", undefined], "state and result");
    }
  },

  async "update refuses every write under another fence, and writes nothing"({ store, clock }) {
    const claim = await running(store);
    await store.update(claim, { kind: "release", ifCancelled: cancelled });
    const [current] = await claimAll(store);
    clock.advance(leaseMs);
    const before = fieldsOf(await stored(store));
    const stale = [claim.fence, claim.fence + 1, (current?.fence ?? 0) + 1];
    for (const fence of stale) {
      for (const write of writes) {
        const written = await store.update({ name: claim.name, fence }, write);
        checkEqual(written, false, `${write.kind} under fence ${fence}`);
      }
    }
    checkEqual(fieldsOf(await stored(store)), before, "the record");
  },

  async "update refuses every write to what is queued, done or missing"({ store }) {
    const ended = await running(store, "operations/done");
    await store.update(ended, { kind: "end", result: succeeded });
    await enqueue(store, newOperation("operations/queued"));
    const before = fieldsOf(await stored(store, "operations/done"));
    for (const name of ["operations/queued", "operations/done", "operations/none"]) {
      for (const write of writes) {
        for (const fence of [0, ended.fence, ended.fence + 1]) {
          const written = await store.update({ name, fence }, write);
          checkEqual(written, false, `${write.kind} of ${name} under fence ${fence}`);
        }
      }
    }
    checkEqual(fieldsOf(await stored(store, "operations/done")), before, "what was done");
  },

  async "lose counts a loss only while the lease has run out"({ store, clock }) {
    const claim = await running(store);
    const lose: LeasedWrite = { kind: "lose", delayMs: 0, ifCancelled: cancelled };
    clock.advance(leaseMs - 1);
    checkEqual(await store.update(claim, lose), false, "while the lease lasts");
    checkEqual((await stored(store)).state, "running", "the state then");
    clock.advance(1);
    checkEqual(await store.update(claim, lose), true, "once it has run out");
    checkEqual((await stored(store)).state, "queued", "the state then");
    checkEqual(await store.update(claim, lose), false, "a second time");
    const [again] = await claimAll(store);
    checkEqual([again?.losses, again?.attempt, again?.fence], [1, 2, 3], "losses, attempt, fence");
  },

  async "overdue names leases that have run out, earliest first, and says when to look again"({
    store,
    clock,
  }) {
    const nothing = { overdue: [], nextInMs: undefined };
    checkEqual(await store.overdue(10), nothing, "in an empty store");
    await enqueue(store, newOperation("operations/queued", { method: "acme.v1.Other/Run" }));
    checkEqual(await store.overdue(10), nothing, "with a queued operation");
    const first = await running(store, "operations/first");
    clock.advance(10_000);
    const second = await running(store, "operations/second");
    const resting = { overdue: [], nextInMs: leaseMs - 10_000 };
    checkEqual(await store.overdue(10), resting, "with two leases");
    clock.advance(leaseMs);
    const { method, losses, maxLosses } = first;
    const overdue = [first, second].map(({ name, fence }) => ({
      name,
      fence,
      method,
      losses,
      maxLosses,
      reason: "lease" as const,
    }));
    const all = { overdue, nextInMs: undefined };
    checkEqual(await store.overdue(10), all, "when both have run out");
    const part = { overdue: overdue.slice(0, 1), nextInMs: 0 };
    checkEqual(await store.overdue(1), part, "with a limit of one");
    await store.update(first, { kind: "end", result: succeeded });
    await store.update(second, { kind: "release", ifCancelled: cancelled });
    checkEqual(await store.overdue(10), nothing, "when both were written to");
  },

  async "overdue names what goes on past the grace of a cancel request"({ store, clock }) {
    const claim = await running(store);
    await store.cancel(claim.name, cancelled);
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: graceMs }, "in the grace");
    clock.advance(graceMs - 1);
    await store.renew([claim], leaseMs);
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: 1 }, "after a renewal");
    clock.advance(1);
    const { overdue } = await store.overdue(10);
    checkEqual(
      overdue.map(({ name, fence, reason }) => ({ name, fence, reason })),
      [{ name: claim.name, fence: claim.fence, reason: "cancel" as const }],
      "when the grace is over",
    );
  },
};
