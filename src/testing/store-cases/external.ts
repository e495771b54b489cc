// SPDX-License-Identifier: Apache-2.0

import type { Lease, LeasedWrite, OperationStore } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import { checkHidden } from "./check-hidden.ts";
import {
  cancelled,
  claimAll,
  failed,
  fieldsOf,
  graceMs,
  hourMs,
  inserted,
  method,
  newOperation,
  packed,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

const timeoutMs = hourMs;
const lease: Lease = { name: "operations/a", fence: 1 };

async function startElsewhere(store: OperationStore) {
  const operation = newOperation(lease.name, { metadata: packed(1) });
  return inserted(await store.insert(operation, { kind: "external", timeoutMs }));
}

/** The fence and the reason of what is overdue. */
async function overdue(store: OperationStore): Promise<readonly unknown[]> {
  return (await store.overdue(10)).overdue.map(({ fence, reason }) => [fence, reason]);
}

export const external: StoreCases = {
  async "insert as external makes it run, for nobody to claim"({ store, clock }) {
    const record = await startElsewhere(store);
    const { state, external, result, metadata } = record;
    checkEqual(
      { state, external, result, metadata },
      { state: "running", external: true, result: undefined, metadata: packed(1) },
      "what insert returned",
    );
    checkEqual(fieldsOf(await stored(store)), fieldsOf(record), "what is stored");
    clock.advance(2 * timeoutMs);
    checkEqual(await claimAll(store), [], "what can be claimed");
  },

  async "what is external is written to under fence 1, until it ends"({ store, clock }) {
    await startElsewhere(store);
    clock.advance(timeoutMs - 1);
    const report: LeasedWrite = { kind: "report", metadata: packed(2) };
    checkEqual(await store.update({ ...lease, fence: 0 }, report), false, "under another fence");
    checkEqual(await store.update(lease, report), true, "a report");
    checkEqual((await stored(store)).metadata, packed(2), "the metadata");
    const end: LeasedWrite = { kind: "end", result: succeeded, metadata: packed(3) };
    checkEqual(await store.update(lease, end), true, "its end");
    const { state, external, result, metadata } = await stored(store);
    checkEqual(
      { state, external, result, metadata },
      { state: "done", external: true, result: succeeded, metadata: packed(3) },
      "the record",
    );
    checkEqual(await store.update(lease, end), false, "its end once more");
    checkEqual(await store.update(lease, report), false, "a report after its end");
    checkEqual(await overdue(store), [], "what is overdue");
  },

  async "what is external never goes to the queue"({ store, clock }) {
    await startElsewhere(store);
    clock.advance(timeoutMs);
    for (const write of [
      { kind: "release", ifCancelled: cancelled },
      { kind: "lose", delayMs: 0, ifCancelled: cancelled },
      { kind: "lose", delayMs: 0, ifCancelled: cancelled, result: failed },
    ] as const) {
      checkEqual(await store.update(lease, write), false, `whether ${write.kind} is accepted`);
    }
    checkEqual((await stored(store)).state, "running", "its state");
    checkEqual(await claimAll(store), [], "what can be claimed");
  },

  async "what is external is overdue when its time is over"({ store, clock }) {
    await startElsewhere(store);
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: timeoutMs }, "at the start");
    clock.advance(timeoutMs - 1);
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: 1 }, "just before");
    clock.advance(1);
    const expected = { ...lease, method, losses: 0, maxLosses: 5, reason: "timeout" as const };
    checkEqual(
      await store.overdue(10),
      { overdue: [expected], nextInMs: undefined },
      "when its time is over",
    );
    const end = { kind: "end", result: failed, ifCancelled: cancelled } as const;
    checkEqual(await store.update(lease, end), true, "ending it");
    checkEqual((await stored(store)).result, failed, "its result");
  },

  async "what is external is overdue when the grace after a cancel request is over"({
    store,
    clock,
  }) {
    await startElsewhere(store);
    checkEqual(await store.cancel(lease.name, failed), "requested", "the cancel");
    clock.advance(graceMs - 1);
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: 1 }, "in the grace");
    clock.advance(1);
    checkEqual(await overdue(store), [[1, "cancel"]], "when the grace is over");
    const end = { kind: "end", result: failed, ifCancelled: cancelled } as const;
    checkEqual(await store.update(lease, end), true, "ending it");
    checkEqual((await stored(store)).result, cancelled, "its result");
  },

  async "what is external has timed out, even if it was to be cancelled, too"({ store, clock }) {
    await startElsewhere(store);
    await store.cancel(lease.name, cancelled);
    clock.advance(timeoutMs);
    checkEqual(await overdue(store), [[1, "timeout"]], "what is overdue");
  },

  async "what is external and was deleted goes on, hidden, until it ends"(subject) {
    const { store, clock } = subject;
    await startElsewhere(store);
    checkEqual(await store.delete(lease.name), true, "the delete");
    await checkHidden(subject, lease.name);
    clock.advance(timeoutMs);
    checkEqual(await overdue(store), [[1, "timeout"]], "what is overdue");
    checkEqual(await store.update(lease, { kind: "end", result: succeeded }), true, "its end");
    await checkHidden(subject, lease.name);
    clock.advance(hourMs);
    checkEqual(await store.purge(10), 1, "how many were purged");
  },
};
