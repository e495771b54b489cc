// SPDX-License-Identifier: Apache-2.0

import { inTransaction } from "../../../src/stores/sqlite/database.ts";
import type { SqliteDatabase, SqliteStatement } from "../../../src/stores/sqlite/index.ts";

/** What is called around each use of a statement, once it is set, and may throw in its place. */
export interface Interposed {
  before?: (sql: string) => void;
  after?: (sql: string) => void;
}

/** A real database, with something between it and its user. */
export function interpose(database: SqliteDatabase, interposed: Interposed): SqliteDatabase {
  const around =
    (sql: string) =>
    <T>(use: () => T): T => {
      interposed.before?.(sql);
      const result = use();
      interposed.after?.(sql);
      return result;
    };
  return {
    exec: (sql) => around(sql)(() => database.exec(sql)),
    close: () => database.close(),
    prepare(sql): SqliteStatement {
      const statement = database.prepare(sql);
      const run = around(sql);
      return {
        run: (...values) => run(() => statement.run(...values)),
        get: (...values) => run(() => statement.get(...values)),
        all: (...values) => run(() => statement.all(...values)),
      };
    },
    get inTransaction(): boolean {
      return inTransaction(database);
    },
  };
}
