// SPDX-License-Identifier: Apache-2.0

import type { ListPosition, OperationRecord, OperationStore } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import {
  fieldsOf,
  listedNames,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

const noLimit = 1_000_000;

async function insertMany(store: OperationStore, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `operations/${index}`);
  for (const name of names) {
    await store.insert(newOperation(name));
  }
  return names;
}

const positionOf = ({ createTimeUs, name }: OperationRecord): ListPosition => ({
  createTimeUs,
  name,
});

export const listing: StoreCases = {
  async "list gives whole records, newest first"({ store, clock }) {
    await running(store);
    clock.advance(1);
    await store.insert(newOperation("operations/b", { metadata: packed(3) }));
    const { records, more } = await store.list({ limit: 10, maxBytes: noLimit });
    const expected = [await stored(store, "operations/b"), await stored(store, "operations/a")];
    checkEqual(records.map(fieldsOf), expected.map(fieldsOf), "the records");
    checkEqual(more, false, "whether there are more");
  },

  async "list of an empty store is empty"({ store }) {
    const page = await store.list({ limit: 10, maxBytes: noLimit });
    checkEqual(page, { records: [], more: false }, "the page");
  },

  async "list goes on after the last page, whatever is inserted meanwhile"({ store }) {
    const names = await insertMany(store, 7);
    const listed: string[] = [];
    const pages: unknown[] = [];
    let after: ListPosition | undefined;
    for (let more = true; more && pages.length < 9; ) {
      const page = await store.list({ limit: 3, maxBytes: noLimit, after });
      pages.push([page.records.length, page.more]);
      listed.push(...page.records.map((record) => record.name));
      const last = page.records.at(-1);
      after = last && positionOf(last);
      more = page.more;
      await store.insert(newOperation(`operations/new-${pages.length}`));
    }
    const expected = [
      [3, true],
      [3, true],
      [1, false],
    ];
    checkEqual(pages, expected, "length of each page, and whether there were more");
    checkEqual(listed, names.toReversed(), "the names listed");
  },

  async "list says that there are no more when a page ends with the last one"({ store }) {
    await insertMany(store, 4);
    const { records, more } = await store.list({ limit: 4, maxBytes: noLimit });
    checkEqual([records.length, more], [4, false], "the first page");
    const last = records.at(-1);
    const rest = await store.list({ limit: 4, maxBytes: noLimit, after: last && positionOf(last) });
    checkEqual(rest, { records: [], more: false }, "what comes after the last");
  },

  async "list ends a page before metadata and results exceed maxBytes, but never empty"({ store }) {
    const claim = await running(store, "operations/a");
    await store.insert(newOperation("operations/b", { metadata: packed(1, 100) }));
    await store.insert(newOperation("operations/c", { metadata: packed(2, 100) }));
    const response = packed(3, 60);
    const result = { kind: "response" as const, response };
    await store.update(claim, { kind: "end", result, metadata: packed(4, 40) });
    const expected: readonly (readonly [maxBytes: number, records: number])[] = [
      [1, 1],
      [199, 1],
      [200, 2],
      [299, 2],
      [300, 3],
    ];
    for (const [maxBytes, count] of expected) {
      const { records, more } = await store.list({ limit: 10, maxBytes });
      checkEqual([records.length, more], [count, count < 3], `the page of ${maxBytes} bytes`);
    }
  },

  async "list leaves out what was deleted, and counts it nowhere"({ store }) {
    await insertMany(store, 5);
    const claims = await store.claim({
      methods: [newOperation("").method],
      limit: 1,
      leaseMs: 30_000,
    });
    for (const claim of claims) {
      await store.update(claim, { kind: "end", result: succeeded });
    }
    for (const name of ["operations/0", "operations/2", "operations/4"]) {
      await store.delete(name);
    }
    checkEqual(await listedNames(store), ["operations/3", "operations/1"], "the names");
    const { records, more } = await store.list({ limit: 2, maxBytes: noLimit });
    checkEqual([records.length, more], [2, false], "a page of two");
  },
};
