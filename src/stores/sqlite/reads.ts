// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type {
  ListPage,
  ListQuery,
  OperationRecord,
  OverdueOperations,
} from "../../server/store.ts";
import type { SqliteDatabase } from "./database.ts";
import { bytes, type DriverBytes, type RecordRow, recordOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** The reads of an `OperationStore`. */
export interface Reads {
  read(name: string): OperationRecord | undefined;
  list(query: ListQuery): ListPage;
  overdue(limit: number): OverdueOperations;
  secret(): Uint8Array;
}

interface ReadsOptions {
  readonly database: SqliteDatabase;
  readonly statements: Statements;
  readonly clock: Clock;
}

interface NamedRow extends RecordRow {
  readonly name: string;
}

interface SizeRow {
  readonly create_time_us: number;
  readonly bytes: number;
}

interface OverdueRow {
  readonly name: string;
  readonly method: string;
  readonly fence: number;
  readonly losses: number;
  readonly max_losses: number;
  readonly lease_end_us: number;
  readonly due_us: number;
}

export function createReads({ database, statements, clock }: ReadsOptions): Reads {
  /** Several reads of one state of the database. */
  function inSnapshot<T>(run: () => T): T {
    // A savepoint also works inside a transaction.
    database.exec("SAVEPOINT snapshot");
    try {
      return run();
    } finally {
      database.exec("RELEASE snapshot");
    }
  }

  return {
    read(name) {
      const row = statements.read.get(name) as RecordRow | undefined;
      return row === undefined ? undefined : recordOf(name, row);
    },

    list({ limit, maxBytes, after }) {
      // Creation times are distinct within a store: names never decide the order.
      const before = after?.createTimeUs ?? Number.MAX_SAFE_INTEGER;
      return inSnapshot(() => {
        // Sizes first, so that no payload is loaded that does not fit.
        const sizes = statements.listSizes.all(before, limit + 1) as SizeRow[];
        const page = fitting(sizes.slice(0, limit), maxBytes);
        const newest = page[0];
        const oldest = page.at(-1);
        if (newest === undefined || oldest === undefined) {
          return { records: [], more: false };
        }
        const rows = statements.list.all(oldest.create_time_us, newest.create_time_us);
        return {
          records: (rows as NamedRow[]).map((row) => recordOf(row.name, row)),
          more: page.length < sizes.length,
        };
      });
    },

    overdue(limit) {
      const nowUs = Math.round(clock.now() * 1000);
      const rows = statements.overdue.all(limit + 1) as OverdueRow[];
      const overdue = rows.slice(0, limit).filter((row) => row.due_us <= nowUs);
      const next = rows[overdue.length];
      return {
        overdue: overdue.map((row) => ({
          name: row.name,
          fence: row.fence,
          method: row.method,
          losses: row.losses,
          maxLosses: row.max_losses,
          reason: row.lease_end_us <= nowUs ? "lease" : "cancel",
        })),
        nextInMs:
          next === undefined ? undefined : Math.max(0, Math.ceil((next.due_us - nowUs) / 1000)),
      };
    },

    secret() {
      return bytes((statements.secret.get() as { readonly value: DriverBytes }).value);
    },
  };
}

/** The first rows that stay within `maxBytes` together; at least one. */
function fitting(rows: readonly SizeRow[], maxBytes: number): readonly SizeRow[] {
  let total = 0;
  const tooMany = rows.findIndex((row, index) => {
    total += row.bytes;
    return index > 0 && total > maxBytes;
  });
  return tooMany === -1 ? rows : rows.slice(0, tooMany);
}
