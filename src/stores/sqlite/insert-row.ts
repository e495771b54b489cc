// SPDX-License-Identifier: Apache-2.0

import type { SqliteDatabase, SqliteValue } from "./database.ts";
import { prepare, type Statement } from "./statements.ts";

/** The columns of a new row; those that are left out have their defaults. */
export interface NewRow {
  readonly name: string;
  readonly parent?: string;
  readonly owner?: string;
  readonly method: string;
  readonly state?: number;
  readonly external?: number;
  readonly fence?: number;
  readonly attempt?: number;
  readonly max_losses: number;
  readonly due_us: number;
  readonly lease_end_us?: number;
  readonly cancel_grace_us: number;
  readonly retention_us: number;
  readonly request_key?: string;
  readonly remember_until_us?: number;
  readonly exclusive_key?: string;
  readonly metadata_type?: string;
  readonly metadata?: Uint8Array;
  readonly error_code?: number | null;
  readonly result_type?: string | null;
  readonly result?: Uint8Array | null;
  readonly request: Uint8Array;
}

/** What the database adds to it. */
interface InsertedRow extends NewRow {
  readonly create_time_us: number;
  readonly change: number;
  readonly end_time_us?: number;
}

/** Inserts a row. */
export type InsertRow = (row: InsertedRow) => void;

/**
 * Every value that is handed to a driver costs about as much as an index does, and most columns of
 * most new rows have their defaults. So there is a statement for each choice of columns.
 */
export function rowInserter(database: SqliteDatabase): InsertRow {
  const statements = new Map<string, Statement>();

  return (row) => {
    const columns = Object.keys(row).join(", ");
    let statement = statements.get(columns);
    if (statement === undefined) {
      const places = Object.keys(row).fill("?").join(", ");
      statement = prepare(database, `INSERT INTO operation (${columns}) VALUES (${places})`);
      statements.set(columns, statement);
    }
    statement.run(...(Object.values(row) as SqliteValue[]));
  };
}
