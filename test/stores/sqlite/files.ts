// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { onTestFinished } from "vitest";
import type { SqliteDatabase } from "../../../src/stores/sqlite/index.ts";

/** A path in an empty directory that is removed when the test ends. */
export function freshPath(name = "operations.db"): string {
  const directory = mkdtempSync(join(tmpdir(), "sqlite-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

/** A connection that is closed when the test ends. */
export function connect(path: string): SqliteDatabase {
  const database = new Database(path);
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
