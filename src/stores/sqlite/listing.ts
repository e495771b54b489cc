// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { ListPage, ListPosition, ListQuery, OperationRecord } from "../../server/store.ts";
import { nextTurn } from "../../server/turn.ts";
import { inSnapshot, type SqliteDatabase } from "./database.ts";
import { sourceOf } from "./list-sources.ts";
import { toUs } from "./micros.ts";
import { type Pushdown, pushDown } from "./pushdown.ts";
import { filteredScan, plainScan, type Scan, type ScannedRow, type Span } from "./scan.ts";
import { scanPreparer } from "./scan-statements.ts";
import type { Statements } from "./statements.ts";

interface ListingOptions {
  readonly database: SqliteDatabase;
  readonly statements: Statements;
  readonly clock: Clock;
  /** Runs something that only reads, perhaps more than once. */
  read<T>(run: () => T): Promise<T>;
}

/** How much a page may hold, and how much may be looked at for it. */
interface Bounds {
  readonly limit: number;
  readonly maxBytes: number;
  readonly maxScanned: number;
  /** By the monotonic clock. */
  readonly endMs: number;
  /** Whether a full page goes on until it is known whether there are more. */
  readonly lookAhead: boolean;
}

/** A page that is not done, and where to go on. */
interface Draft {
  readonly records: readonly OperationRecord[];
  readonly bytes: number;
  /** The operation that was looked at last. */
  readonly at: ListPosition | undefined;
  readonly rest: Span;
  readonly scanned: number;
}

// How many operations are looked at in one turn of the event loop, fitted to the time that it may
// take.
const [minCount, firstCount, maxCount] = [10, 100, 1_000];
const turnMs = 4;

// Of what is left of operations that are gone, times are negative.
const earliest = 1;
const latest = Number.MAX_SAFE_INTEGER;

/** Reads pages of lists, in turns that are short whatever there is to be looked at. */
export function createListing({
  database,
  statements,
  clock,
  read,
}: ListingOptions): (query: ListQuery) => Promise<ListPage> {
  const prepareScan = scanPreparer(database);

  function spanOf(after: ListPosition | undefined, pushed: Pushdown | undefined): Span {
    const { lastUs = latest, name } = pushed ?? {};
    const firstUs = Math.max(pushed?.firstUs ?? earliest, earliest);
    const beforeUs = Math.min(after?.createTimeUs ?? latest, lastUs + 1);
    if (name === undefined) {
      return { firstUs, beforeUs };
    }
    const row = statements.createTime.get(name) as Pick<ScannedRow, "create_time_us"> | undefined;
    const at = row?.create_time_us ?? 0;
    return { firstUs: Math.max(firstUs, at), beforeUs: Math.min(beforeUs, at + 1) };
  }

  /** Looks at the next `count` operations. What comes of it is a page, or more of one. */
  function look<Row extends ScannedRow, Match>(
    scan: Scan<Row, Match>,
    draft: Draft,
    { count, bounds }: { readonly count: number; readonly bounds: Bounds },
  ): { readonly page: ListPage } | { readonly draft: Draft } {
    const end = scan.endOf(draft.rest, count);
    const span = { ...draft.rest, firstUs: end?.createTimeUs ?? draft.rest.firstUs };
    const taken: Match[] = [];
    let { bytes, at } = draft;
    let full = false;
    for (const row of scan.rows(span, toUs(clock.now()))) {
      const length = draft.records.length + taken.length;
      full = length === bounds.limit || (at !== undefined && clock.monotonic() >= bounds.endMs);
      if (full) {
        break;
      }
      const match = scan.match(row);
      if (match !== undefined) {
        full = length > 0 && bytes + row.bytes > bounds.maxBytes;
        if (full) {
          break;
        }
        bytes += row.bytes;
        taken.push(match);
      }
      at = { createTimeUs: row.create_time_us, name: row.name };
    }
    const records = [...draft.records, ...scan.load(taken)];
    if (full || end === undefined) {
      return { page: { records, next: full ? at : undefined } };
    }
    const rest = { ...draft.rest, beforeUs: end.createTimeUs };
    const scanned = draft.scanned + count;
    if (
      (records.length === bounds.limit && !bounds.lookAhead) ||
      scanned >= bounds.maxScanned ||
      clock.monotonic() >= bounds.endMs
    ) {
      const isLast = scan.endOf(rest, 1) === undefined;
      return { page: { records, next: isLast ? undefined : end } };
    }
    return { draft: { records, bytes, at: end, rest, scanned } };
  }

  async function readPage<Row extends ScannedRow, Match>(
    scan: Scan<Row, Match>,
    span: Span,
    bounds: Bounds,
  ): Promise<ListPage> {
    let draft: Draft = { records: [], bytes: 0, at: undefined, rest: span, scanned: 0 };
    // One more than fits on the page shows whether there are more.
    let fitting = Math.min(bounds.limit + 1, firstCount);
    for (;;) {
      const startMs = clock.monotonic();
      const count = Math.max(1, Math.min(fitting, bounds.maxScanned - draft.scanned));
      const seen = await read(() =>
        inSnapshot(database, () => look(scan, draft, { count, bounds })),
      );
      if ("page" in seen) {
        return seen.page;
      }
      draft = seen.draft;
      // Fewer next time, or more, but not by leaps: one look says little.
      const change = Math.min(Math.max(turnMs / (clock.monotonic() - startMs), 0.5), 2);
      fitting = Math.min(Math.max(Math.round(count * change), minCount), maxCount);
      await nextTurn();
    }
  }

  return async ({ filter, limit, maxBytes, maxScanned, maxScanMs, after, ...whose }) => {
    const pushed = filter && pushDown(filter.condition);
    const list = sourceOf(whose, pushed?.unfinished ?? false);
    const scan = { statements, scan: prepareScan(list, pushed) };
    const span = await read(() => spanOf(after, pushed));
    if (filter === undefined) {
      const unbounded = { maxScanned: latest, endMs: Number.POSITIVE_INFINITY };
      return readPage(plainScan(scan), span, { limit, maxBytes, lookAhead: true, ...unbounded });
    }
    const endMs = clock.monotonic() + maxScanMs;
    const bounds = { limit, maxBytes, maxScanned, endMs, lookAhead: false };
    return readPage(filteredScan(scan, filter), span, bounds);
  };
}
