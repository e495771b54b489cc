// SPDX-License-Identifier: Apache-2.0

import type {
  ListFilter,
  ListPosition,
  OperationRecord,
  ScannedRecord,
} from "../../server/store.ts";
import {
  type LeanRow,
  type RecordRow,
  type ResponseRow,
  recordOf,
  responseOf,
  scannedOf,
  withResponse,
} from "./rows.ts";
import type { ScanStatement, ScanStatements } from "./scan-statements.ts";
import type { Statements } from "./statements.ts";

/** A part of a list: what was created from `firstUs` on, which is positive, and before `beforeUs`. */
export interface Span {
  readonly firstUs: number;
  readonly beforeUs: number;
}

/** What is looked at. */
export interface ScannedRow {
  readonly create_time_us: number;
  readonly name: string;
  /** How large its payload is. */
  readonly bytes: number;
}

/** A way through the operations that a list may hold, newest first. */
export interface Scan<Row extends ScannedRow, Match> {
  /** Where the newest `count` operations of a span end; undefined if there are fewer. */
  endOf(span: Span, count: number): ListPosition | undefined;
  rows(span: Span, nowUs: number): readonly Row[];
  /** Undefined if a row is not what the list is of. */
  match(row: Row): Match | undefined;
  /** The records of what matches, in their order. */
  load(matches: readonly Match[]): readonly OperationRecord[];
}

interface ScanOptions {
  readonly statements: Statements;
  readonly scan: ScanStatements<ScanStatement>;
}

interface NamedRow extends RecordRow {
  readonly name: string;
}

/** Sizes come first, so that nothing is loaded that does not fit on a page. */
export function plainScan({ statements, scan }: ScanOptions): Scan<ScannedRow, ScannedRow> {
  return {
    ...spans(scan.end),
    rows: (span, now) => scan.sizes({ ...valuesOf(span), now }) as ScannedRow[],
    match: (row) => row,
    load(rows) {
      const keys = rows.map((row) => row.create_time_us);
      const loaded = keys.length === 0 ? [] : statements.load.all(JSON.stringify(keys));
      return (loaded as NamedRow[]).map((row) => recordOf(row.name, row));
    },
  };
}

/** What a filter looks at comes first; what it does not look at, only of what matches. */
export function filteredScan(
  { statements, scan }: ScanOptions,
  filter: ListFilter,
): Scan<LeanRow & ScannedRow, ScannedRecord> {
  return {
    ...spans(scan.end),
    rows: (span, now) => scan.lean({ ...valuesOf(span), now }) as (LeanRow & ScannedRow)[],
    match(row) {
      const record = scannedOf(row);
      return filter.matches(record) ? record : undefined;
    },
    load(records) {
      const keys = records
        .filter(({ state, error }) => state === "done" && error === undefined)
        .map(({ createTimeUs }) => createTimeUs);
      const rows = keys.length === 0 ? [] : statements.responses.all(JSON.stringify(keys));
      const responses = new Map(
        (rows as ResponseRow[]).map((row) => [
          row.create_time_us,
          responseOf(row.result_type, row.result),
        ]),
      );
      return records.map((record) => withResponse(record, responses.get(record.createTimeUs)));
    },
  };
}

function spans(end: ScanStatement): Pick<Scan<ScannedRow, unknown>, "endOf"> {
  return {
    endOf(span, count) {
      const [row] = end({ ...valuesOf(span), skip: count - 1 }) as ScannedRow[];
      return row && { createTimeUs: row.create_time_us, name: row.name };
    },
  };
}

function valuesOf({ firstUs, beforeUs }: Span): { first: number; before: number } {
  return { first: firstUs, before: beforeUs };
}
