// SPDX-License-Identifier: Apache-2.0

import type { OperationStore } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import {
  cancelled,
  claimAll,
  enqueue,
  leaseMs,
  method,
  newOperation,
  running,
  type StoreCases,
} from "./store-case.ts";

const forMs = 600_000;

async function unclaimedNames(
  store: OperationStore,
  { notMethods = [] as readonly string[], limit = 10 } = {},
): Promise<readonly string[]> {
  const unclaimed = await store.unclaimed({ notMethods, forMs, limit });
  return unclaimed.map(({ name }) => name);
}

export const unclaimed: StoreCases = {
  async "unclaimed names what could have been claimed for so long, the longest first"({
    store,
    clock,
  }) {
    await enqueue(store, newOperation("operations/b", { method: "acme.v1.Library/Close" }));
    clock.advance(1);
    await enqueue(store, newOperation("operations/a"));
    clock.advance(forMs - 2);
    checkEqual(await unclaimedNames(store), [], "before it is so long");
    clock.advance(1);
    checkEqual(
      await store.unclaimed({ notMethods: [], forMs, limit: 10 }),
      [{ name: "operations/b", method: "acme.v1.Library/Close" }],
      "what is unclaimed",
    );
    clock.advance(1);
    const names = ["operations/b", "operations/a"];
    checkEqual(await unclaimedNames(store), names, "the names when both are");
    checkEqual(await unclaimedNames(store, { limit: 1 }), names.slice(0, 1), "with a limit");
    const notMethods = ["acme.v1.Library/Close", "acme.v1.Library/Re"];
    checkEqual(await unclaimedNames(store, { notMethods }), ["operations/a"], "without a method");
    checkEqual(
      await unclaimedNames(store, { notMethods: [...notMethods, method] }),
      [],
      "without both methods",
    );
  },

  async "unclaimed leaves out what runs, is external, or is done"({ store, clock }) {
    await running(store, "operations/a");
    const external = newOperation("operations/b");
    await store.insert(external, { kind: "external", timeoutMs: 1 });
    await enqueue(store, newOperation("operations/c"));
    await store.cancel("operations/c", cancelled);
    clock.advance(forMs);
    checkEqual(await unclaimedNames(store), [], "what is unclaimed");
  },

  async "unclaimed counts from when it was due, and tells of what was deleted, too"({
    store,
    clock,
  }) {
    const claim = await running(store);
    clock.advance(leaseMs);
    const delayMs = 30_000;
    await store.update(claim, { kind: "lose", delayMs, ifCancelled: cancelled });
    await store.delete(claim.name);
    clock.advance(forMs + delayMs - 1);
    checkEqual(await unclaimedNames(store), [], "before it is so long");
    clock.advance(1);
    checkEqual(await unclaimedNames(store), [claim.name], "when it is");
    await claimAll(store);
    checkEqual(await unclaimedNames(store), [], "when it was claimed");
  },
};
