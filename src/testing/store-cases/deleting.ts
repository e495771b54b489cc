// SPDX-License-Identifier: Apache-2.0

import { checkEqual } from "../check.ts";
import { checkHidden } from "./check-hidden.ts";
import { listedNames } from "./list-queries.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  hourMs,
  leaseMs,
  newOperation,
  packed,
  running,
  type StoreCases,
  succeeded,
} from "./store-case.ts";

export const deleting: StoreCases = {
  async "delete hides what is done"(subject) {
    const { store } = subject;
    const claim = await running(store);
    await store.update(claim, { kind: "end", result: succeeded });
    checkEqual(await store.delete(claim.name), true, "the answer");
    await checkHidden(subject, claim.name);
  },

  async "delete hides what runs, which goes on until its end, with its result dropped"(subject) {
    const { store, clock } = subject;
    const claim = await running(store);
    checkEqual(await store.delete(claim.name), true, "the answer");
    await checkHidden(subject, claim.name);
    const renewed = await store.renew([claim], leaseMs);
    checkEqual(renewed, [{ held: true, cancelRequested: false }], "what a renewal says");
    const report = { kind: "report", metadata: packed(1) } as const;
    checkEqual(await store.update(claim, report), true, "a report");
    clock.advance(hourMs);
    checkEqual(await store.purge(10), 0, "how many were purged while it runs");
    checkEqual((await store.overdue(10)).overdue.length, 1, "how many are overdue");
    checkEqual(await store.update(claim, { kind: "end", result: succeeded }), true, "its end");
    await checkHidden(subject, claim.name);
  },

  async "delete hides what is queued, which still runs"(subject) {
    const { store } = subject;
    await enqueue(store, newOperation("operations/a"));
    checkEqual(await store.delete("operations/a"), true, "the answer");
    await checkHidden(subject, "operations/a");
    checkEqual((await claimAll(store)).length, 1, "how many were claimed");
    await checkHidden(subject, "operations/a");
  },

  async "delete says so if there is no operation"({ store }) {
    checkEqual(await store.delete("operations/none"), false, "the answer");
  },

  async "purge removes what was deleted and has ended, and nothing else"({ store, clock }) {
    const names = ["deleted", "ended", "running", "kept"].map((id) => `operations/${id}`);
    const [deleted = "", ended = "", goesOn = "", kept = ""] = names;
    for (const name of names) {
      await enqueue(store, newOperation(name));
    }
    const claims = await claimAll(store);
    await store.delete(ended);
    await store.delete(goesOn);
    for (const claim of claims.filter(({ name }) => name !== goesOn)) {
      await store.update(claim, { kind: "end", result: succeeded });
    }
    await store.delete(deleted);
    clock.advance(hourMs);
    checkEqual(await store.purge(10), 2, "how many were purged");
    checkEqual(await store.purge(10), 0, "how many were purged the second time");
    checkEqual(await listedNames(store), [kept], "what is listed");
    await enqueue(store, newOperation(deleted));
    await enqueue(store, newOperation(ended));
    checkEqual((await listedNames(store)).length, 3, "how many are listed, with names used again");
    checkEqual((await store.overdue(10)).overdue.length, 1, "how many still run");
  },

  async "purge removes no more than its limit"({ store, clock }) {
    for (const name of ["operations/a", "operations/b", "operations/c"]) {
      await enqueue(store, newOperation(name));
      await store.cancel(name, cancelled);
      await store.delete(name);
    }
    clock.advance(hourMs);
    const purged = [await store.purge(2), await store.purge(2), await store.purge(2)];
    checkEqual(purged, [2, 1, 0], "how many were purged each time");
  },
};
