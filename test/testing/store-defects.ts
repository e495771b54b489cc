// SPDX-License-Identifier: Apache-2.0

import type { OperationStore, ScannedRecord } from "../../src/server/store.ts";

interface Defect {
  readonly of: (store: OperationStore) => Partial<OperationStore>;
  /** The test that finds it. */
  readonly found: string;
  readonly says: string;
}

/** Stores with a defect each, and what the suite says of them. */
export const defects: Readonly<Record<string, Defect>> = {
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
  "an insert that knows no request keys": {
    of: (store) => ({
      insert: (operation, as) => store.insert({ ...operation, requestKey: undefined }, as),
    }),
    found: "a request key lets one of two win that race for it",
    says: "exists already",
  },
  "an insert that looks at the name first": {
    of: (store) => ({
      insert: async (operation, as) => {
        if ((await store.read(operation.name)) !== undefined) {
          throw new Error("It exists already");
        }
        return store.insert(operation, as);
      },
    }),
    found: "a request key answers with its operation and the first request, whatever its state",
    says: "exists already",
  },
  "an insert that looks at the exclusive key first": {
    of: (store) => ({
      insert: async (operation, as) =>
        (await store.isTaken(operation.exclusiveKey ?? ""))
          ? { kind: "excluded" }
          : store.insert(operation, as),
    }),
    found: "a request key is looked at before the exclusive key",
    says: 'expected "duplicate", got "excluded"',
  },
  "a duplicate with the request that was made last": {
    of: (store) => ({
      insert: async (operation, as) => {
        const insertion = await store.insert(operation, as);
        return insertion.kind === "duplicate"
          ? { ...insertion, request: operation.request }
          : insertion;
      },
    }),
    found: "a request key answers with its operation and the first request, whatever its state",
    says: "the request, while it is queued: expected",
  },
  "a request key that is forgotten with its operation": {
    of: (store) => ({
      insert: (operation, as) => {
        const { requestKey } = operation;
        return store.insert(
          { ...operation, requestKey: requestKey && { ...requestKey, rememberMs: 0 } },
          as,
        );
      },
    }),
    found: "a request key of what has expired is remembered from the start, then free",
    says: 'expected "gone", got',
  },
  "a request key that is never forgotten": {
    of: (store) => ({
      insert: (operation, as) => {
        const { requestKey } = operation;
        const rememberMs = Number.MAX_SAFE_INTEGER;
        return store.insert(
          { ...operation, requestKey: requestKey && { ...requestKey, rememberMs } },
          as,
        );
      },
    }),
    found: "a request key of what was deleted is remembered from the start, then free",
    says: "what became of the request: expected undefined",
  },
  "an exclusive key that a cut-off handler loses": {
    of: (store) => ({
      update: (lease, write) =>
        store.update(lease, write.kind === "end" ? { ...write, cutOff: false } : write),
    }),
    found: "an exclusive key of what was cut off is taken until its lease is over",
    says: "whether the key is taken when it was cut off: expected true, got false",
  },
  "an exclusive key that every end holds until the lease is over": {
    of: (store) => ({
      update: (lease, write) =>
        store.update(lease, write.kind === "end" ? { ...write, cutOff: true } : write),
    }),
    found: "an exclusive key is freed by an end",
    says: "whether the key is taken after an end: expected false, got true",
  },
  "operations that never expire": {
    of: (store) => ({
      insert: (operation, as) =>
        store.insert({ ...operation, retentionMs: Number.MAX_SAFE_INTEGER }, as),
    }),
    found: "what has ended expires once its retention is over, from its end on",
    says: "what is read: expected undefined",
  },
  "an external operation that nobody looks after": {
    of: (store) => ({
      insert: (operation, as) =>
        store.insert(
          operation,
          as.kind === "external" ? { ...as, timeoutMs: Number.MAX_SAFE_INTEGER } : as,
        ),
    }),
    found: "what is external is overdue when its time is over",
    says: "at the start: expected",
  },
  "a list of everybody's operations": {
    of: (store) => ({ list: (query) => store.list({ ...query, owner: undefined }) }),
    found: "an operation keeps its owner, to the letter",
    says: 'the operations of ""',
  },
  "a list of all that is somewhere under a parent": {
    of: (store) => ({
      list: ({ parent, ...query }) =>
        store.list({
          ...query,
          filter: {
            condition: { kind: "and", operands: [] },
            matches: ({ name }) => name.startsWith(`${parent ?? ""}`),
          },
        }),
    }),
    found: "list of a parent holds what is directly under it",
    says: "the operations under projects/p",
  },
  "a list that scans everything": {
    of: (store) => ({
      list: (query) => store.list({ ...query, maxScanned: Number.MAX_SAFE_INTEGER }),
    }),
    found: "list with a filter looks at no more than maxScanned, and goes on from there",
    says: "that a page looks at no more than three",
  },
  "a list that takes all the time there is": {
    of: (store) => ({
      list: (query) => store.list({ ...query, maxScanMs: Number.MAX_SAFE_INTEGER }),
    }),
    found: "list with a filter ends a page soon after maxScanMs, and goes on from there",
    says: "that 300 looks are few",
  },
  "a filter by its condition alone": {
    of: (store) => ({
      list: ({ filter, ...query }) =>
        store.list({
          ...query,
          filter: filter && { ...filter, matches: ({ state }) => state === "done" },
        }),
    }),
    found: "list with a filter may be told what a store can find by itself, but matches decides",
    says: "the names: expected",
  },
  "a condition for which unset is neither true nor false": {
    of: (store) => ({
      list: ({ filter, ...query }) => {
        const matches = (record: ScannedRecord) =>
          filter === undefined ||
          (filter.matches(record) &&
            (filter.condition.kind !== "not" || record.error !== undefined));
        return store.list({ ...query, filter: filter && { ...filter, matches } });
      },
    }),
    found: "list with a filter leaves out nothing that matches, whatever the store finds by itself",
    says: "the names for NOT done=true: expected",
  },
  "a claim of any number of suspects": {
    of: (store) => ({
      claim: (query) => store.claim({ ...query, suspectLimit: query.limit }),
    }),
    found: "claim takes no more suspects than it is told to, and others in their stead",
    says: "claimed where no suspect may be: expected []",
  },
  "a claim that suspects what was lost once": {
    of: (store) => ({
      claim: async (query) => {
        const claims = await store.claim(query);
        return claims.filter(({ losses }) => losses < 1 || query.suspectLimit > 0);
      },
    }),
    found: "claim takes no more suspects than it is told to, and others in their stead",
    says: "claimed with 1 losses",
  },
  "an unclaimed that forgets what was deleted": {
    of: (store) => ({
      unclaimed: async (query) => {
        const found = await store.unclaimed(query);
        const records = await Promise.all(found.map(({ name }) => store.read(name)));
        return found.filter((_, index) => records[index] !== undefined);
      },
    }),
    found: "unclaimed counts from when it was due, and tells of what was deleted, too",
    says: "when it is: expected",
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
