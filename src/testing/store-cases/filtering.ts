// SPDX-License-Identifier: Apache-2.0

import type { OperationRecord, ScannedRecord } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import { enqueueMany, listedNames, matching, pagesOf, wholeList } from "./list-queries.ts";
import {
  claimAll,
  enqueue,
  failed,
  fieldsOf,
  newOperation,
  packed,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

const isEven = ({ name }: ScannedRecord) => Number(name.split("/")[1]) % 2 === 0;

/** The same by the record that it was made of. */
function scannedOf(record: OperationRecord): unknown {
  const { result, ...fields } = record;
  return { ...fields, error: result?.kind === "error" ? result : undefined };
}

export const filtering: StoreCases = {
  async "list with a filter holds what matches, on full pages"({ store }) {
    const names = (await enqueueMany(store, 9)).toReversed();
    const even = names.filter((_, index) => index % 2 === 0);
    const query = { ...wholeList, filter: matching(isEven), limit: 2 };
    const listed = (await pagesOf(store, query)).filter((page) => page.length > 0);
    checkEqual(listed, [even.slice(0, 2), even.slice(2, 4), even.slice(4)], "the pages");
  },

  async "list with a filter lets it look at whole records, without their responses"({ store }) {
    await enqueue(store, newOperation("operations/queued", { owner: "acme", metadata: packed(1) }));
    await store.insert(newOperation("operations/failed", { metadata: packed(2, 0) }), {
      kind: "done",
      result: failed,
    });
    await store.insert(newOperation("operations/succeeded"), { kind: "done", result: succeeded });
    await store.insert(newOperation("operations/external"), { kind: "external", timeoutMs: 1 });
    const looked = new Map<string, ScannedRecord>();
    const filter = matching((record) => looked.set(record.name, record).size > 0);
    const { records } = await store.list({ ...wholeList, filter });
    checkEqual(looked.size, 4, "how many were looked at");
    for (const record of records) {
      const expected = await stored(store, record.name);
      checkEqual(fieldsOf(record), fieldsOf(expected), `the record of ${record.name}`);
      const { error, ...scanned } = looked.get(record.name) ?? {};
      const fields = fieldsOf({ ...(scanned as ScannedRecord), result: undefined });
      const scannedFields = { ...fields, result: undefined, error };
      checkEqual<unknown>(
        scannedFields,
        scannedOf(expected),
        `what was looked at of ${record.name}`,
      );
    }
  },

  async "list with a filter may be told what a store can find by itself, but matches decides"({
    store,
  }) {
    await enqueueMany(store, 4);
    for (const claim of await claimAll(store, 3)) {
      await store.update(claim, { kind: "end", result: succeeded });
    }
    const test = { kind: "bool", operator: "=", value: true } as const;
    const filter = {
      condition: { kind: "compare", field: "done", test } as const,
      matches: (record: ScannedRecord) => record.state === "done" && isEven(record),
    };
    const names = await listedNames(store, { filter });
    checkEqual(names, ["operations/2", "operations/0"], "the names");
  },

  async "list with a filter looks at no more than maxScanned, and goes on from there"({ store }) {
    const names = (await enqueueMany(store, 10)).toReversed();
    const looked: string[] = [];
    const filter = matching(({ name }) => {
      looked.push(name);
      return name === "operations/5";
    });
    let seen = 0;
    let after: { createTimeUs: number; name: string } | undefined;
    const pages: (readonly string[])[] = [];
    do {
      const page = await store.list({ ...wholeList, filter, maxScanned: 3, after });
      pages.push(page.records.map(({ name }) => name));
      checkEqual(looked.length - seen <= 3, true, "that a page looks at no more than three");
      checkEqual(looked.length > seen, true, "that a page looks at one at least");
      seen = looked.length;
      after = page.next;
    } while (after !== undefined && pages.length < 20);
    checkEqual(pages, [[], ["operations/5"], [], []], "the pages");
    checkEqual(looked, names, "what was looked at, each once");
  },

  async "list with a filter ends a page soon after maxScanMs, and goes on from there"({
    store,
    clock,
  }) {
    const names = (await enqueueMany(store, 300)).toReversed();
    let looked = 0;
    const slow = matching(() => {
      looked++;
      // Somebody sets the clock back: time goes on all the same.
      clock.advance(10);
      clock.setWall(clock.now() - 100);
      return false;
    });
    const page = await store.list({ ...wholeList, filter: slow, maxScanMs: 25 });
    checkEqual(page.records.length, 0, "how many are on the page");
    checkEqual(looked >= 3 && looked < 150, true, `that ${looked} looks are few, and enough`);
    const rest = matching(() => true);
    const query = { ...wholeList, limit: 1_000, filter: rest, after: page.next };
    const { records, next } = await store.list(query);
    checkEqual(next, undefined, "where to go on after the rest");
    checkEqual(
      records.map(({ name }) => name),
      names.slice(looked),
      "the names after the page",
    );
  },

  async "list with a filter looks at one record at least"({ store }) {
    const names = (await enqueueMany(store, 3)).toReversed();
    const filter = matching(() => true);
    const query = { ...wholeList, filter, maxScanned: 1, maxScanMs: 0 };
    checkEqual((await pagesOf(store, query)).flat(), names, "the names");
  },

  async "list with a filter counts only what matches toward maxBytes"({ store }) {
    const names = (await enqueueMany(store, 7)).toReversed();
    const even = names.filter((_, index) => index % 2 === 0);
    const query = { ...wholeList, filter: matching(isEven), maxBytes: 20 };
    const listed = (await pagesOf(store, query)).filter((page) => page.length > 0);
    checkEqual(listed, [even.slice(0, 2), even.slice(2, 4)], "the pages");
  },

  async "list without a filter is bounded by nothing but limit and maxBytes"({ store }) {
    await enqueueMany(store, 5);
    const names = await listedNames(store, { maxScanned: 1, maxScanMs: 0 });
    checkEqual(names.length, 5, "how many are listed");
  },
};
