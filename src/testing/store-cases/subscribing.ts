// SPDX-License-Identifier: Apache-2.0

import type { OperationChange, OperationRecord, OperationStore } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import { eventually } from "./eventually.ts";
import {
  bytesOf,
  cancelled,
  claimAll,
  enqueue,
  leaseMs,
  newOperation,
  packed,
  running,
  type StoreCases,
  succeeded,
} from "./store-case.ts";

/** Notes every change that the store tells of. */
function watch(store: OperationStore): { readonly changes: OperationChange[]; stop(): void } {
  const changes: OperationChange[] = [];
  const stop = store.subscribe((batch) => {
    changes.push(...batch);
  });
  return { changes, stop };
}

/** What was told last of an operation, without what a store adds. */
function lastOf(changes: readonly OperationChange[], name: string): OperationChange | undefined {
  const last = changes.findLast((change) => change.name === name);
  return (
    last && {
      name,
      state: last.state,
      fence: last.fence,
      cancelRequested: last.cancelRequested,
      deleted: last.deleted,
    }
  );
}

export const subscribing: StoreCases = {
  async "subscribe tells of every write, with what it made of the operation"({ store, clock }) {
    const { changes } = watch(store);
    const name = "operations/a";
    const told = async (what: string, expected: Omit<OperationChange, "name">) => {
      await eventually(clock, {
        what: `that ${what} is told`,
        condition: () => changes.some((change) => change.name === name),
      });
      checkEqual(lastOf(changes, name), { name, ...expected }, `what is told of ${what}`);
      changes.length = 0;
    };
    const plain = { cancelRequested: false, deleted: false };
    await enqueue(store, newOperation(name));
    await told("insert", { state: "queued", fence: 0, ...plain });
    const [first = { name, fence: -1 }] = await claimAll(store);
    await told("claim", { state: "running", fence: 1, ...plain });
    await store.update(first, { kind: "report", metadata: packed(1) });
    await told("a report", { state: "running", fence: 1, ...plain });
    await store.update(first, { kind: "release", ifCancelled: cancelled });
    await told("a release", { state: "queued", fence: 2, ...plain });
    const [second = first] = await claimAll(store);
    await told("a second claim", { state: "running", fence: 3, ...plain });
    await store.cancel(name, cancelled);
    await told("cancel", { state: "running", fence: 3, ...plain, cancelRequested: true });
    await store.update(second, { kind: "end", result: succeeded });
    await told("the end", { state: "done", fence: 4, ...plain, cancelRequested: true });
    await store.delete(name);
    await told("delete", { state: "done", fence: 4, cancelRequested: true, deleted: true });
  },

  async "subscribe tells of an insert with a lease, a cancel of what is queued, and a lost lease"({
    store,
    clock,
  }) {
    const { changes } = watch(store);
    const plain = { cancelRequested: false, deleted: false };
    await store.insert(newOperation("operations/a"), { kind: "claimed", leaseMs });
    await enqueue(store, newOperation("operations/b"));
    await store.cancel("operations/b", cancelled);
    const all = () => ["operations/a", "operations/b"].map((name) => lastOf(changes, name));
    await eventually(clock, {
      what: "that both are told of",
      condition: () => all().every((change) => change !== undefined && change.fence === 1),
    });
    const [a, b] = all();
    checkEqual(a, { name: "operations/a", state: "running", fence: 1, ...plain }, "the first");
    const ended = { state: "done", fence: 1, cancelRequested: true, deleted: false } as const;
    checkEqual(b, { name: "operations/b", ...ended }, "the second");
    clock.advance(leaseMs);
    const lose = { kind: "lose", delayMs: 0, ifCancelled: cancelled } as const;
    await store.update({ name: "operations/a", fence: 1 }, lose);
    await eventually(clock, {
      what: "that the loss is told of",
      condition: () => lastOf(changes, "operations/a")?.fence === 2,
    });
    checkEqual(lastOf(changes, "operations/a")?.state, "queued", "the state after the loss");
  },

  async "subscribe tells of an insert as external or done, and of a loss that ends it"({
    store,
    clock,
  }) {
    const { changes } = watch(store);
    await store.insert(newOperation("operations/a"), { kind: "external", timeoutMs: 1_000 });
    await store.insert(newOperation("operations/b"), { kind: "done", result: succeeded });
    await store.insert(newOperation("operations/c"), { kind: "claimed", leaseMs: 0 });
    const lose = { kind: "lose", delayMs: 0, ifCancelled: cancelled, result: succeeded } as const;
    await store.update({ name: "operations/c", fence: 1 }, lose);
    const states = () => ["a", "b", "c"].map((id) => lastOf(changes, `operations/${id}`)?.state);
    await eventually(clock, {
      what: "that all are told of",
      condition: () => states()[2] === "done",
    });
    checkEqual(states(), ["running", "done", "done"], "the states");
    checkEqual(lastOf(changes, "operations/a")?.fence, 1, "the fence of what is external");
  },

  async "subscribe tells of nothing that is not durable yet"({ store, clock }) {
    const reads: Promise<OperationRecord | undefined>[] = [];
    store.subscribe((changes) => {
      reads.push(...changes.map(({ name }) => store.read(name)));
    });
    await enqueue(store, newOperation("operations/a"));
    await eventually(clock, { what: "that it is told of", condition: () => reads.length > 0 });
    checkEqual((await reads[0])?.name, "operations/a", "the record that the listener reads");
  },

  async "subscribe tells of a thousand writes at once"({ store, clock }) {
    const { changes } = watch(store);
    const names = Array.from({ length: 1_000 }, (_, index) => `operations/${index}`);
    await Promise.all(names.map((name) => enqueue(store, newOperation(name))));
    const told = () => new Set(changes.map((change) => change.name));
    await eventually(clock, {
      what: "that all are told of",
      condition: () => told().size === names.length,
    });
  },

  async "subscribe tells of no write that was refused"({ store, clock }) {
    const claim = await running(store, "operations/a");
    await store.update(claim, { kind: "end", result: succeeded });
    const requestKey = { key: "key", rememberMs: 0 };
    await enqueue(store, newOperation("operations/x", { requestKey, exclusiveKey: "shelf" }));
    await claimAll(store);
    const { changes } = watch(store);
    await enqueue(store, newOperation("operations/a")).catch(() => {});
    const again = newOperation("operations/y", { requestKey });
    await store.insert(again, { kind: "queued" });
    const excluded = newOperation("operations/z", { exclusiveKey: "shelf" });
    await store.insert(excluded, { kind: "queued" });
    await store.update(claim, { kind: "end", result: succeeded });
    await store.cancel("operations/a", cancelled);
    await store.delete("operations/none");
    await claimAll(store);
    await enqueue(store, newOperation("operations/b", { request: bytesOf() }));
    await eventually(clock, {
      what: "that a write is told of",
      condition: () => changes.length > 0,
    });
    checkEqual(
      [...new Set(changes.map((change) => change.name))],
      ["operations/b"],
      "what was told of",
    );
  },

  async "subscribe serves several listeners, each until it unsubscribes"({ store, clock }) {
    const first = watch(store);
    const second = watch(store);
    await enqueue(store, newOperation("operations/a"));
    await eventually(clock, {
      what: "that both are told",
      condition: () => first.changes.length > 0 && second.changes.length > 0,
    });
    first.stop();
    first.stop();
    await enqueue(store, newOperation("operations/b"));
    await eventually(clock, {
      what: "that the second is told",
      condition: () => lastOf(second.changes, "operations/b") !== undefined,
    });
    second.stop();
    await enqueue(store, newOperation("operations/c"));
    const third = watch(store);
    await enqueue(store, newOperation("operations/d"));
    await eventually(clock, {
      what: "that the third is told",
      condition: () => lastOf(third.changes, "operations/d") !== undefined,
    });
    const last = [first, second].map(({ changes }) => changes.at(-1)?.name);
    checkEqual(last, ["operations/a", "operations/b"], "what the others were told last");
  },
};
