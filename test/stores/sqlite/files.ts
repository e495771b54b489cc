// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { onTestFinished } from "vitest";
import type { SqliteDatabase } from "../../../src/stores/sqlite/index.ts";

/** A path in an empty directory that is removed when the test ends. */
export function freshPath(name = "operations.db"): string {
  const directory = mkdtempSync(join(tmpdir(), "sqlite-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

const builtin = process.getBuiltinModule("node:sqlite") as
  | { readonly DatabaseSync: new (path: string) => SqliteDatabase }
  | undefined;
// The driver that the store takes: two SQLite libraries in one process do not see each other's locks.
const Database = builtin?.DatabaseSync ?? Libsql;

/** A connection that is closed when the test ends. */
export function connect(path: string): SqliteDatabase {
  const database: SqliteDatabase = new Database(path);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** The names of all operations in a file, whatever became of the process that wrote them. */
export function namesIn(path: string): string[] {
  const rows = connect(path).prepare("SELECT name FROM operation ORDER BY name").all();
  return (rows as { name: string }[]).map(({ name }) => name);
}
