// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/server/memory-store.ts";
import type { OperationStore } from "../../src/server/store.ts";
import { type StoreFactory, storeSuite } from "../../src/testing/index.ts";

function run(factory: StoreFactory, name: string): Promise<void> {
  const found = storeSuite(factory).find((test) => test.name === name);
  if (found === undefined) {
    throw new Error(`The suite has no test "${name}"`);
  }
  return found.run();
}

function broken(breakIt: (store: OperationStore) => Partial<OperationStore>): StoreFactory {
  return {
    async open(clock) {
      const store = memoryStore({ clock });
      return { ...store, ...breakIt(store) };
    },
  };
}

interface Defect {
  readonly of: (store: OperationStore) => Partial<OperationStore>;
  /** The test that finds it. */
  readonly found: string;
  readonly says: string;
}

const defects: Readonly<Record<string, Defect>> = {
  "an insert that answers for a name that is taken": {
    of: (store) => ({
      insert: async (operation, as) => {
        const record = await store.read(operation.name);
        return record === undefined ? store.insert(operation, as) : { kind: "inserted", record };
      },
    }),
    found: "insert refuses a name that is taken, and that insert alone",
    says: 'the insert of a taken name: expected "rejected", got "fulfilled"',
  },
  "creation times in milliseconds": {
    of: (store) => ({
      insert: async (operation, as) => {
        const insertion = await store.insert(operation, as);
        if (insertion.kind !== "inserted") {
          return insertion;
        }
        const { record } = insertion;
        return { ...insertion, record: { ...record, createTimeUs: record.createTimeUs / 1000 } };
      },
    }),
    found: "insert queues an operation and returns its record",
    says: "what insert returned: expected",
  },
  "a list that knows no maxBytes": {
    of: (store) => ({
      list: (query) => store.list({ ...query, maxBytes: Number.POSITIVE_INFINITY }),
    }),
    found: "list ends a page before metadata and results exceed maxBytes, but never empty",
    says: 'the page of 1 bytes: expected [1,"operations/c"], got [3,null]',
  },
  "a list that does not go on": {
    of: (store) => ({ list: (query) => store.list({ ...query, after: undefined }) }),
    found: "list goes on after the last page, whatever is inserted and deleted meanwhile",
    says: "the names on each page",
  },
  "a claim that takes one too many": {
    of: (store) => ({ claim: (query) => store.claim({ ...query, limit: query.limit + 1 }) }),
    found: "claim takes no more than its limit, those that are due for longest first",
    says: "the rest, in order",
  },
  "a claim for any method": {
    of: (store) => ({
      claim: (query) =>
        store.claim({ ...query, methods: ["A", "B", "C"].map((id) => `acme.v1.${id}/Run`) }),
    }),
    found: "claim takes only the methods that it was asked for",
    says: "claimed for no method: expected []",
  },
  "a renewal that always holds": {
    of: () => ({
      renew: async (leases) => leases.map(() => ({ held: true, cancelRequested: false })),
    }),
    found: "renew answers each lease in order, and only those that are held",
    says: "the answers",
  },
  "an update that always says yes": {
    of: (store) => ({
      update: async (lease, write) => {
        await store.update(lease, write);
        return true;
      },
    }),
    found: "update refuses every write under another fence, and writes nothing",
    says: "report under fence 1: expected false, got true",
  },
  "an end that knows no ifCancelled": {
    of: (store) => ({
      update: (lease, write) =>
        store.update(lease, write.kind === "end" ? { ...write, ifCancelled: undefined } : write),
    }),
    found: "end with ifCancelled, after a cancel request",
    says: "the record: expected",
  },
  "a cancel of what does not exist": {
    of: (store) => ({
      cancel: async (name, result) => {
        const cancellation = await store.cancel(name, result);
        return cancellation === "absent" ? "unchanged" : cancellation;
      },
    }),
    found: "cancel says so if there is no operation",
    says: 'the answer: expected "absent", got "unchanged"',
  },
  "an overdue without a time to look again": {
    of: (store) => ({
      overdue: async (limit) => ({ ...(await store.overdue(limit)), nextInMs: undefined }),
    }),
    found: "overdue names leases that have run out, earliest first, and says when to look again",
    says: "with two leases: expected",
  },
  "a purge that removes nothing": {
    of: () => ({ purge: async () => 0 }),
    found: "purge removes what was deleted and has ended, and nothing else",
    says: "how many were purged: expected 2, got 0",
  },
  "a listener that is told before the write": {
    of: (store) => ({
      subscribe(listener) {
        const change = { name: "operations/a", state: "queued", fence: 0 } as const;
        listener([{ ...change, cancelRequested: false, deleted: false }]);
        return store.subscribe(listener);
      },
    }),
    found: "subscribe tells of nothing that is not durable yet",
    says: 'the record that the listener reads: expected "operations/a", got undefined',
  },
  "a subscription that does not end": {
    of: (store) => ({
      subscribe(listener) {
        store.subscribe(listener);
        return () => {};
      },
    }),
    found: "subscribe serves several listeners, each until it unsubscribes",
    says: 'expected ["operations/a","operations/b"]',
  },
  "a secret that changes": {
    of: () => ({ secret: async () => crypto.getRandomValues(new Uint8Array(32)) }),
    found: "secret is thirty-two bytes, and stays the same",
    says: "the secret, asked for again: expected",
  },
  "a close that refuses nothing": {
    of: () => ({ close: async () => {} }),
    found: "close refuses every later call",
    says: "insert after close: expected it to be rejected with an Error",
  },
};

describe("the suite finds", () => {
  for (const [name, { of, found, says }] of Object.entries(defects)) {
    test(name, async () => {
      await expect(run(broken(of), found)).rejects.toThrow(says);
    });
  }
});

test("what concerns replicas is tested where there can be replicas", () => {
  const open: StoreFactory["open"] = async (clock) => memoryStore({ clock });
  const names = (factory: StoreFactory) => storeSuite(factory).map(({ name }) => name);
  const alone = names({ open });
  const shared = names({ open, openReplica: open });
  expect(shared.slice(0, alone.length)).toEqual(alone);
  expect(shared.slice(alone.length)).toContain("replicas are told of each other's writes");
  expect(new Set(shared).size).toBe(shared.length);
});

test("stores are closed and cleaned up after a failure, too", async () => {
  const events: string[] = [];
  const factory: StoreFactory = {
    async open(clock) {
      events.push("open");
      const store = memoryStore({ clock });
      return {
        ...store,
        secret: async () => new Uint8Array(),
        async close() {
          events.push("close");
        },
      };
    },
    async cleanUp() {
      events.push("clean up");
    },
  };
  const name = "secret is thirty-two bytes, and stays the same";
  await expect(run(factory, name)).rejects.toThrow("its length: expected 32, got 0");
  expect(events).toEqual(["open", "close", "clean up"]);
});
