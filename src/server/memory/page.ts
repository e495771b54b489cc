// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import { type ListPage, type ListQuery, type OperationRecord, payloadBytes } from "../store.ts";
import { isHidden, type Row, recordOf, scannedOf } from "./row.ts";

/** A page of the rows, which come in the order of the list, from where the page begins. */
export function pageOf(rows: Iterable<Row>, query: ListQuery, clock: Clock): ListPage {
  const { limit, maxBytes, filter, maxScanned, maxScanMs } = query;
  const isAsked = directlyUnder(query.parent);
  const nowMs = clock.now();
  const scanEndMs = clock.monotonic() + maxScanMs;
  const records: OperationRecord[] = [];
  let bytes = 0;
  let scanned = 0;
  let last: Row | undefined;
  const endedHere = () => ({
    records,
    next: last && { createTimeUs: last.createTimeUs, name: last.name },
  });
  for (const row of rows) {
    if (isHidden(row, nowMs) || !isAsked(row.name)) {
      continue;
    }
    // A page never ends before its first record: it would come again and again.
    if (
      records.length === limit ||
      (filter !== undefined &&
        scanned > 0 &&
        (scanned >= maxScanned || clock.monotonic() >= scanEndMs))
    ) {
      return endedHere();
    }
    scanned++;
    if (filter === undefined || filter.matches(scannedOf(row))) {
      const record = recordOf(row);
      bytes += payloadBytes(record);
      if (bytes > maxBytes && records.length > 0) {
        return endedHere();
      }
      records.push(record);
    }
    last = row;
  }
  return { records, next: undefined };
}

function directlyUnder(parent: string | undefined): (name: string) => boolean {
  if (parent === undefined) {
    return () => true;
  }
  const prefix = `${parent}/operations/`;
  return (name) => name.startsWith(prefix) && !name.includes("/", prefix.length);
}
