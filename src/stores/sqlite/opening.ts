// SPDX-License-Identifier: Apache-2.0

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { SqliteDatabase } from "./database.ts";
import { hasResultCode } from "./result-code.ts";
import { prepareSchema } from "./schema.ts";
import { prepareStatements, type Statements } from "./statements.ts";

// How long opening a file waits, in all, for other processes that are setting it up.
const openTimeoutMs = 5_000;
const openRetryMs = 10;

type DatabaseConstructor = new (path: string) => SqliteDatabase;

/** Where `node:sqlite` and libsql are looked for. */
export interface Drivers {
  builtin(name: string): object | undefined;
  require(name: string): unknown;
}

const installedDrivers: Drivers = {
  builtin: (name) => process.getBuiltinModule(name),
  require: createRequire(import.meta.url),
};

/** A database that is ready for use. */
export interface OpenedDatabase {
  readonly database: SqliteDatabase;
  readonly statements: Statements;
  /** The number of the last transaction before it was opened. */
  readonly lastChange: number;
}

/**
 * Opens a database file, which is created if need be, and brings it to the current schema. The
 * thread waits, for up to five seconds, while other processes do the same.
 *
 * @throws Error that names the path, what is wrong with it, and what to do.
 */
export function openFile(path: string, drivers: Drivers = installedDrivers): OpenedDatabase {
  const file = path === ":memory:" ? path : resolve(path);
  const Database = findDriver(drivers);
  let database: SqliteDatabase | undefined;
  try {
    if (file !== ":memory:") {
      checkFile(file);
    }
    database = new Database(file);
    return madeReady(database);
  } catch (error) {
    database?.close();
    throw unusable(`"${file}"`, error);
  }
}

/** Brings a database that the caller has opened to the current schema. */
export function adoptDatabase(database: SqliteDatabase): OpenedDatabase {
  try {
    return madeReady(database);
  } catch (error) {
    throw unusable("the given database", error);
  }
}

function madeReady(database: SqliteDatabase): OpenedDatabase {
  return whenFree(() => {
    prepareSchema(database);
    const statements = prepareStatements(database);
    const { change } = statements.lastChange.get() as { readonly change: number };
    return { database, statements, lastChange: change };
  });
}

function findDriver({ builtin, require }: Drivers): DatabaseConstructor {
  const sqlite = builtin("node:sqlite") as { DatabaseSync: DatabaseConstructor } | undefined;
  if (sqlite !== undefined) {
    return sqlite.DatabaseSync;
  }
  try {
    return require("libsql") as DatabaseConstructor;
  } catch (cause) {
    throw new Error(
      "sqliteStore needs a SQLite driver, and this version of Node has none. Install one: " +
        "npm install libsql",
      { cause },
    );
  }
}

function checkFile(file: string): void {
  const directory = dirname(file);
  if (!existsSync(directory)) {
    throw new Error(`its directory does not exist. Create it: mkdir -p "${directory}"`);
  }
  const exists = existsSync(file);
  if (exists && statSync(file).isDirectory()) {
    throw new Error(`it is a directory. Name a file in it: "${join(file, "operations.db")}"`);
  }
  try {
    // SQLite keeps its log and its index beside the file.
    accessSync(directory, constants.W_OK);
    if (exists) {
      accessSync(file, constants.R_OK | constants.W_OK);
    }
  } catch (cause) {
    throw new Error(
      "this process may not write to it. Give its user the right to write to the file and to its " +
        "directory",
      { cause },
    );
  }
}

/** Runs something, and again while other processes hold the database's lock. */
function whenFree<T>(run: () => T): T {
  const giveUpAt = performance.now() + openTimeoutMs;
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!hasResultCode(error, "SQLITE_BUSY") || performance.now() >= giveUpAt) {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openRetryMs * Math.random());
    }
  }
}

function unusable(name: string, cause: unknown): Error {
  return new Error(`Cannot keep operations in ${name}: ${reasonOf(cause)}`, { cause });
}

function reasonOf(error: unknown): string {
  if (hasResultCode(error, "SQLITE_NOTADB")) {
    return "it is not an SQLite database. Name another file, or move this one away";
  }
  if (hasResultCode(error, "SQLITE_CORRUPT")) {
    return "it is damaged. Restore it from a backup, or see what `sqlite3 FILE .recover` saves";
  }
  if (hasResultCode(error, "SQLITE_READONLY") || hasResultCode(error, "SQLITE_CANTOPEN")) {
    return "it cannot be written. Open it for writing, on a disk and in a directory that allow it";
  }
  if (hasResultCode(error, "SQLITE_BUSY")) {
    return "it is locked by another process. Stop that process, or wait for it";
  }
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith("no such ")) {
    return `a part of it is missing (${message}). Restore it from a backup`;
  }
  return message;
}
