// SPDX-License-Identifier: Apache-2.0

import type { ListPosition } from "../../server/store.ts";
import { checkDefined, checkEqual } from "../check.ts";
import { enqueueMany, listedNames, wholeList } from "./list-queries.ts";
import {
  claimAll,
  enqueue,
  fieldsOf,
  newOperation,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

export const listing: StoreCases = {
  async "list gives whole records, newest first"({ store, clock }) {
    await running(store);
    clock.advance(1);
    await enqueue(store, newOperation("operations/b", { owner: "acme", metadata: packed(3) }));
    const { records, next } = await store.list(wholeList);
    const expected = [await stored(store, "operations/b"), await stored(store, "operations/a")];
    checkEqual(records.map(fieldsOf), expected.map(fieldsOf), "the records");
    checkEqual(next, undefined, "where to go on");
  },

  async "list of an empty store is empty"({ store }) {
    checkEqual(await store.list(wholeList), { records: [], next: undefined }, "the page");
  },

  async "list goes on after the last page, whatever is inserted and deleted meanwhile"({ store }) {
    const names = await enqueueMany(store, 8);
    const listed: string[][] = [];
    let after: ListPosition | undefined;
    do {
      const { records, next } = await store.list({ ...wholeList, limit: 3, after });
      listed.push(records.map((record) => record.name));
      after = next;
      await enqueue(store, newOperation(`operations/new-${listed.length}`));
      // The last one of the first page, and the first one of what would be the second.
      await store.delete(names[6 - listed.length] ?? "");
      await store.delete(names[5 - listed.length] ?? "");
    } while (after !== undefined && listed.length < 9);
    const expected = [
      ["operations/7", "operations/6", "operations/5"],
      ["operations/3", "operations/2", "operations/1"],
      ["operations/0"],
    ];
    checkEqual(listed, expected, "the names on each page");
  },

  async "list says that nothing is left when a page ends with the last one"({ store }) {
    await enqueueMany(store, 4);
    const { records, next } = await store.list({ ...wholeList, limit: 4 });
    checkEqual([records.length, next], [4, undefined], "the first page");
    const { createTimeUs, name } = checkDefined(records.at(-1), "the last record");
    const rest = await store.list({ ...wholeList, after: { createTimeUs, name } });
    checkEqual(rest, { records: [], next: undefined }, "what comes after the last");
  },

  async "list goes on after the last record of a page that is full"({ store }) {
    await enqueueMany(store, 4);
    const { records, next } = await store.list({ ...wholeList, limit: 2 });
    const { createTimeUs, name } = checkDefined(records.at(-1), "the last record");
    checkEqual(next, { createTimeUs, name }, "where to go on");
  },

  async "list ends a page before metadata and results exceed maxBytes, but never empty"({ store }) {
    const claim = await running(store, "operations/a");
    await enqueue(store, newOperation("operations/b", { metadata: packed(1, 100) }));
    await enqueue(store, newOperation("operations/c", { metadata: packed(2, 100) }));
    const response = packed(3, 60);
    const result = { kind: "response" as const, response };
    await store.update(claim, { kind: "end", result, metadata: packed(4, 40) });
    const expected: readonly (readonly [maxBytes: number, records: number, next?: string])[] = [
      [1, 1, "operations/c"],
      [199, 1, "operations/c"],
      [200, 2, "operations/b"],
      [299, 2, "operations/b"],
      [300, 3],
    ];
    for (const [maxBytes, count, last] of expected) {
      const { records, next } = await store.list({ ...wholeList, maxBytes });
      const got = [records.length, next?.name];
      checkEqual(got, [count, last], `the page of ${maxBytes} bytes`);
    }
  },

  async "list leaves out what was deleted, and counts it nowhere"({ store }) {
    await enqueueMany(store, 5);
    for (const claim of await claimAll(store, 1)) {
      await store.update(claim, { kind: "end", result: succeeded });
    }
    for (const name of ["operations/0", "operations/2", "operations/4"]) {
      await store.delete(name);
    }
    checkEqual(await listedNames(store), ["operations/3", "operations/1"], "the names");
    const { records, next } = await store.list({ ...wholeList, limit: 2 });
    checkEqual([records.length, next], [2, undefined], "a page of two");
  },
};
