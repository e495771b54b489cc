// SPDX-License-Identifier: Apache-2.0

import { checkEqual } from "../check.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  failed,
  fieldsOf,
  graceMs,
  leaseMs,
  newOperation,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

export const cancelling: StoreCases = {
  async "cancel ends what is queued at once"({ store, clock }) {
    await enqueue(store, newOperation("operations/a"));
    clock.advance(5);
    checkEqual(await store.cancel("operations/a", cancelled), "ended", "the answer");
    const { state, result, cancelRequested, endTimeUs } = await stored(store);
    checkEqual(
      { state, result, cancelRequested, endTimeUs },
      { state: "done", result: cancelled, cancelRequested: true, endTimeUs: clock.now() * 1000 },
      "the record",
    );
    checkEqual(await claimAll(store), [], "what can be claimed");
    checkEqual(await store.overdue(10), { overdue: [], nextInMs: undefined }, "what is overdue");
  },

  async "cancel ends what was released or lost at once"({ store }) {
    const claim = await running(store);
    await store.update(claim, { kind: "release", ifCancelled: failed });
    await store.cancel(claim.name, cancelled);
    const { state, result } = await stored(store);
    checkEqual({ state, result }, { state: "done", result: cancelled }, "the record");
  },

  async "cancel marks what runs, which goes on"({ store }) {
    const claim = await running(store);
    checkEqual(await store.cancel(claim.name, cancelled), "requested", "the answer");
    const { state, result, cancelRequested, endTimeUs } = await stored(store);
    checkEqual(
      { state, result, cancelRequested, endTimeUs },
      { state: "running", result: undefined, cancelRequested: true, endTimeUs: undefined },
      "the record",
    );
    const renewed = await store.renew([claim], leaseMs);
    checkEqual(renewed, [{ held: true, cancelRequested: true }], "what a renewal says");
  },

  async "cancel once more starts no new grace"({ store, clock }) {
    const claim = await running(store);
    await store.cancel(claim.name, cancelled);
    clock.advance(graceMs - 1);
    checkEqual(await store.cancel(claim.name, cancelled), "unchanged", "the second answer");
    clock.advance(1);
    const { overdue } = await store.overdue(10);
    checkEqual(
      overdue.map(({ reason }) => reason),
      ["cancel" as const],
      "what is overdue at the end of the first grace",
    );
  },

  async "cancel with no grace makes it overdue at once"({ store }) {
    await enqueue(store, newOperation("operations/a", { cancelGraceMs: 0 }));
    await claimAll(store);
    await store.cancel("operations/a", cancelled);
    checkEqual((await store.overdue(10)).overdue.length, 1, "how many are overdue");
  },

  async "cancel leaves what is done as it is"({ store, clock }) {
    const claim = await running(store, "operations/a");
    await store.update(claim, { kind: "end", result: succeeded });
    await enqueue(store, newOperation("operations/b"));
    await store.cancel("operations/b", cancelled);
    for (const name of ["operations/a", "operations/b"]) {
      const before = fieldsOf(await stored(store, name));
      clock.advance(1);
      checkEqual(await store.cancel(name, failed), "unchanged", "the answer");
      checkEqual(fieldsOf(await stored(store, name)), before, "the record");
    }
  },

  async "cancel says so if there is no operation"({ store }) {
    checkEqual(await store.cancel("operations/none", cancelled), "absent", "the answer");
  },
};
