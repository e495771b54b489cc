// SPDX-License-Identifier: Apache-2.0

import { checkDefined, checkEqual } from "../check.ts";
import {
  bytesOf,
  cancelled,
  claimAll,
  enqueue,
  fieldsOf,
  leaseMs,
  method,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

export const claiming: StoreCases = {
  async "claim takes a queued operation, and raises attempt and fence"({ store }) {
    const init = { request: bytesOf(5, 6), metadata: packed(3), maxLosses: 2 };
    await enqueue(store, newOperation("operations/a", init));
    const [claim, ...others] = await claimAll(store);
    const first = checkDefined(claim, "the claim");
    checkEqual(others.length, 0, "how many others were claimed");
    checkEqual(fieldsOf(first), fieldsOf(await stored(store)), "the record in the claim");
    const { state, request, attempt, fence, losses, maxLosses } = first;
    checkEqual(
      { state, request, attempt, fence, losses, maxLosses },
      { state: "running", request: init.request, attempt: 1, fence: 1, losses: 0, maxLosses: 2 },
      "the claim",
    );
    checkEqual(await claimAll(store), [], "what is left to claim");
    await store.update(first, { kind: "release", ifCancelled: cancelled });
    const again = checkDefined((await claimAll(store))[0], "the second claim");
    checkEqual([again.attempt, again.fence], [2, 3], "attempt and fence of the second claim");
  },

  async "claim takes only the methods that it was asked for"({ store }) {
    const methods = ["acme.v1.A/Run", "acme.v1.B/Run", "acme.v1.C/Run"];
    for (const [index, method] of methods.entries()) {
      await enqueue(store, newOperation(`operations/${index}`, { method }));
    }
    const names = async (...wanted: string[]) => {
      const claims = await store.claim({
        methods: wanted,
        limit: 10,
        suspectLimit: 10,
        leaseMs,
      });
      return claims.map((claim) => claim.name);
    };
    checkEqual(await names(), [], "claimed for no method");
    checkEqual(await names("acme.v1.A"), [], "claimed for the beginning of a name");
    checkEqual(
      await names("acme.v1.A/Run", "acme.v1.C/Run"),
      ["operations/0", "operations/2"],
      "claimed for two methods",
    );
    checkEqual(await names("acme.v1.B/Run"), ["operations/1"], "claimed for the third");
  },

  async "claim takes no more than its limit, those that are due for longest first"({
    store,
    clock,
  }) {
    for (const name of ["a", "b", "c"]) {
      await enqueue(store, newOperation(`operations/${name}`));
      clock.advance(1);
    }
    const [a, b] = await claimAll(store, 2);
    checkEqual([a?.name, b?.name], ["operations/a", "operations/b"], "the first two");
    clock.advance(1);
    await store.update(checkDefined(b, "b"), { kind: "release", ifCancelled: cancelled });
    clock.advance(1);
    await store.update(checkDefined(a, "a"), { kind: "release", ifCancelled: cancelled });
    const names = (await claimAll(store)).map((claim) => claim.name);
    checkEqual(names, ["operations/c", "operations/b", "operations/a"], "the rest, in order");
  },

  async "claim keeps the order of what was inserted at one moment"({ store }) {
    const names = Array.from({ length: 20 }, (_, index) => `operations/${(index * 7) % 20}`);
    await Promise.all(names.map((name) => enqueue(store, newOperation(name))));
    const claimed = [...(await claimAll(store, 5)), ...(await claimAll(store, 15))];
    checkEqual(
      claimed.map((claim) => claim.name),
      names,
      "the names in order",
    );
  },

  async "claim leaves what runs and what is done"({ store }) {
    const ended = await running(store, "operations/a");
    await store.update(ended, { kind: "end", result: succeeded });
    await running(store, "operations/b");
    checkEqual(await claimAll(store), [], "what can be claimed");
  },

  async "claim gives no operation to two that claim at once"({ store }) {
    const names = Array.from({ length: 10 }, (_, index) => `operations/${index}`);
    await Promise.all(names.map((name) => enqueue(store, newOperation(name))));
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimAll(store, 4)));
    const claimed = claims.flat().map((claim) => claim.name);
    checkEqual(claimed.sort(), names, "all names claimed, each once");
  },

  async "claim takes no more suspects than it is told to, and others in their stead"({
    store,
    clock,
  }) {
    const suspects = ["operations/s1", "operations/s2", "operations/s3"];
    for (const name of suspects) {
      await enqueue(store, newOperation(name));
    }
    const claimNames = async (suspectLimit: number, limit = 10) => {
      const claims = await store.claim({ methods: [method], limit, suspectLimit, leaseMs });
      return claims.map(({ name }) => name);
    };
    const loseAll = async () => {
      const { overdue } = await store.overdue(10);
      for (const lease of overdue) {
        await store.update(lease, { kind: "lose", delayMs: 0, ifCancelled: cancelled });
        clock.advance(1);
      }
    };
    for (const losses of [0, 1]) {
      checkEqual(await claimNames(0), suspects, `claimed with ${losses} losses`);
      clock.advance(leaseMs);
      await loseAll();
    }
    checkEqual(await claimNames(0), [], "claimed where no suspect may be");
    const others = ["operations/a", "operations/b", "operations/c", "operations/d"];
    for (const name of others) {
      clock.advance(1);
      await enqueue(store, newOperation(name));
    }
    checkEqual(await claimNames(0, 1), ["operations/a"], "the first that is no suspect");
    const expected = ["operations/s1", "operations/b", "operations/c"];
    checkEqual(await claimNames(1, 3), expected, "claimed with one suspect, oldest first");
    checkEqual(await claimNames(2, 1), ["operations/s2"], "claimed with a limit of one");
    const rest = ["operations/s3", "operations/d"];
    checkEqual(await claimNames(5), rest, "claimed at last");
  },

  async "claim after a lost lease waits until it is due"({ store, clock }) {
    const claim = await running(store);
    clock.advance(leaseMs);
    const lose = { kind: "lose", delayMs: 1_000, ifCancelled: cancelled } as const;
    checkEqual(await store.update(claim, lose), true, "losing it");
    await enqueue(store, newOperation("operations/b", { method }));
    clock.advance(999);
    const early = (await claimAll(store)).map(({ name }) => name);
    checkEqual(early, ["operations/b"], "claimed before it is due");
    clock.advance(1);
    const late = (await claimAll(store)).map(({ name, attempt, losses }) => [
      name,
      attempt,
      losses,
    ]);
    checkEqual(late, [["operations/a", 2, 1]], "claimed when it is due");
  },
};
