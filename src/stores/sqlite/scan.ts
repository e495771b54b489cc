// SPDX-License-Identifier: Apache-2.0

import type { ListFilter, ListPosition, OperationRecord } from "../../server/store.ts";
import { type DriverBytes, type LeanRow, type RecordRow, recordOf, scannedOf } from "./rows.ts";
import type { ScanStatement, ScanStatements } from "./scan-statements.ts";
import type { Statements } from "./statements.ts";

/** A part of a list: what was created from `firstUs` on, and before `beforeUs`. */
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
export interface Scan<Row extends ScannedRow = ScannedRow> {
  /** Where the newest `count` operations of a span end; undefined if there are fewer. */
  endOf(span: Span, count: number): ListPosition | undefined;
  rows(span: Span, nowUs: number): readonly Row[];
  matches(row: Row): boolean;
  /** The records of rows, in their order. */
  load(rows: readonly Row[]): readonly OperationRecord[];
}

type ScanOf = Readonly<{
  statements: Statements;
  scan: ScanStatements<ScanStatement>;
}>;

interface NamedRow extends RecordRow {
  readonly name: string;
}

interface ResponseRow {
  readonly create_time_us: number;
  readonly result: DriverBytes | null;
}

/** Sizes come first, so that nothing is loaded that does not fit on a page. */
export function plainScan({ statements, scan }: ScanOf): Scan {
  return {
    ...spans(scan.end),
    rows: (span, now) => scan.sizes({ ...valuesOf(span), now }) as ScannedRow[],
    matches: () => true,
    load(rows) {
      const loaded = rows.length === 0 ? [] : statements.load.all(keysOf(rows));
      return (loaded as NamedRow[]).map((row) => recordOf(row.name, row));
    },
  };
}

/** What a filter looks at comes first; what it does not look at, only of what matches. */
export function filteredScan(
  { statements, scan }: ScanOf,
  filter: ListFilter,
): Scan<LeanRow & ScannedRow> {
  return {
    ...spans(scan.end),
    rows: (span, now) => scan.lean({ ...valuesOf(span), now }) as (LeanRow & ScannedRow)[],
    matches: (row) => filter.matches(scannedOf(row)),
    load(rows) {
      const succeeded = rows.filter((row) => row.result_type !== null);
      const loaded =
        succeeded.length === 0
          ? []
          : (statements.responses.all(keysOf(succeeded)) as ResponseRow[]);
      const responses = new Map(loaded.map((row) => [row.create_time_us, row.result]));
      return rows.map((row) =>
        recordOf(row.name, {
          ...row,
          result: row.status ?? responses.get(row.create_time_us) ?? null,
        }),
      );
    },
  };
}

function spans(end: ScanStatement): Pick<Scan, "endOf"> {
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

function keysOf(rows: readonly ScannedRow[]): string {
  return JSON.stringify(rows.map((row) => row.create_time_us));
}
