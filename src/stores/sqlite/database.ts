// SPDX-License-Identifier: Apache-2.0

/** What goes into a database and comes out of it. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** A prepared statement, as better-sqlite3, libsql and `node:sqlite` have it in common. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown;
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
}

/** An open database, as better-sqlite3, libsql and `node:sqlite` have it in common. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
  /** Whether a transaction is open: better-sqlite3 and libsql. */
  readonly inTransaction?: boolean;
  /** The same: `node:sqlite`, from Node 22.16. */
  readonly isTransaction?: boolean;
}

/** Whether a transaction is open. SQLite ends one by itself after some errors. */
export function inTransaction(database: SqliteDatabase): boolean {
  const known = database.inTransaction ?? database.isTransaction;
  if (known !== undefined) {
    return known;
  }
  try {
    database.exec("BEGIN");
  } catch {
    return true;
  }
  database.exec("ROLLBACK");
  return false;
}

/** Several reads of one state of the database. */
export function inSnapshot<T>(database: SqliteDatabase, run: () => T): T {
  // A savepoint also works inside a transaction.
  database.exec("SAVEPOINT snapshot");
  try {
    return run();
  } finally {
    database.exec("RELEASE snapshot");
  }
}
