// SPDX-License-Identifier: Apache-2.0

import type { ListFilter, ListPosition, ListQuery, OperationStore } from "../../server/store.ts";
import { enqueue, newOperation, packed } from "./store-case.ts";

/** More than there ever is. */
export const wholeList: ListQuery = {
  limit: 100,
  maxBytes: 1_000_000,
  maxScanned: 1_000_000,
  maxScanMs: 1_000_000,
};

/** Inserts so many operations with ten bytes of metadata each, and names them, oldest first. */
export async function enqueueMany(
  store: OperationStore,
  count: number,
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `operations/${index}`);
  for (const name of names) {
    await enqueue(store, newOperation(name, { metadata: packed(1, 10) }));
  }
  return names;
}

/** The names of what is listed, newest first. */
export async function listedNames(
  store: OperationStore,
  query: Partial<ListQuery> = {},
): Promise<readonly string[]> {
  const { records } = await store.list({ ...wholeList, ...query });
  return records.map((record) => record.name);
}

/** The names on each page of a list. */
export async function pagesOf(
  store: OperationStore,
  query: ListQuery,
): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = [];
  let after: ListPosition | undefined;
  do {
    const { records, next } = await store.list({ ...query, after });
    pages.push(records.map(({ name }) => name));
    after = next;
  } while (after !== undefined && pages.length < 100);
  return pages;
}

/** A filter of which a store can find nothing by itself. */
export function matching(matches: ListFilter["matches"]): ListFilter {
  return { condition: { kind: "and", operands: [] }, matches };
}
