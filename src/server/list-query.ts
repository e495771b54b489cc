// SPDX-License-Identifier: Apache-2.0

import type { CheckedFilter } from "../filter/index.ts";
import type { OperationRecord, OperationResult } from "./operation-record.ts";

/** A page of a list. */
export interface ListQuery {
  /** Operations of this owner; left out, of all. */
  readonly owner?: string | undefined;
  /** Operations directly under this resource, `projects/p`; left out, all. */
  readonly parent?: string | undefined;
  readonly filter?: ListFilter | undefined;
  /** At most this many, at least one. */
  readonly limit: number;
  /** The page also ends before the record that would take its payload past this, but not empty. */
  readonly maxBytes: number;
  /** With a filter, the page also ends once this many records were looked at, … */
  readonly maxScanned: number;
  /** … or once this time is over. It may then be empty, and not be the last one. */
  readonly maxScanMs: number;
  /** Where the last page ended; left out for the first one. */
  readonly after?: ListPosition | undefined;
}

/** Which records a list holds. */
export interface ListFilter {
  /** A store may leave out by itself what this cannot match, as long as nothing is left out that does. */
  readonly condition: CheckedFilter;
  /** Decides. */
  matches(record: ScannedRecord): boolean;
}

/** A record without its response, which no filter looks at. */
export type ScannedRecord = Omit<OperationRecord, "result"> & {
  readonly error: Extract<OperationResult, { kind: "error" }> | undefined;
};

/** A place in the order of lists: newest first, then by name. */
export interface ListPosition {
  readonly createTimeUs: number;
  readonly name: string;
}

/** A page of records, newest first. */
export interface ListPage {
  readonly records: readonly OperationRecord[];
  /** Where to go on; undefined if nothing is left behind it. */
  readonly next: ListPosition | undefined;
}
