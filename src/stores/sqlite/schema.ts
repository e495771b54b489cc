// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import type { SqliteDatabase } from "./database.ts";

// "lrop", in the header of every file that is one of ours.
const applicationId = 0x6c726f70;

/**
 * The schema's migrations, in order; `user_version` counts those that were applied. A migration that
 * was released is never changed.
 */
const migrations: readonly string[] = [
  `
  -- All times are microseconds since the Unix epoch. What may be large comes last: most reads stop
  -- before it.
  CREATE TABLE operation (
    -- Distinct, and rising as far as the clock does: the key is the order of lists. Negative where
    -- nothing is left of an operation but its request key, which keeps it out of the lists' way.
    create_time_us INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- The resource that it stands directly under, of its name; '' for none.
    parent TEXT NOT NULL DEFAULT '',
    -- '' where callers are not told apart.
    owner TEXT NOT NULL DEFAULT '',
    method TEXT NOT NULL,
    -- 0: queued, 1: running, 2: done.
    state INTEGER NOT NULL DEFAULT 0,
    external INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    -- The transaction that last wrote what others may see.
    change INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0,
    max_losses INTEGER NOT NULL,
    -- When somebody must do something about it. Queued: it may be claimed. Running: its lease, its
    -- grace, or its time is over. Done: it may be removed.
    due_us INTEGER NOT NULL,
    -- Where it is external, and has no lease: when its time is over.
    lease_end_us INTEGER,
    cancel_grace_us INTEGER NOT NULL,
    retention_us INTEGER NOT NULL,
    cancel_time_us INTEGER,
    delete_time_us INTEGER,
    end_time_us INTEGER,
    request_key TEXT,
    -- Until then the request key is remembered, even if the operation is gone.
    remember_until_us INTEGER,
    -- Set while it is taken.
    exclusive_key TEXT,
    -- Null where it succeeded.
    error_code INTEGER,
    result_type TEXT,
    metadata_type TEXT,
    metadata BLOB,
    -- The response, or an encoded google.rpc.Status.
    result BLOB,
    request BLOB NOT NULL
  ) STRICT;

  -- Every operation is in one of these: the queue, by method, so that a method that nobody here
  -- implements is in nobody's way; the few in it that may have killed a process; the leases; what is to
  -- be removed; and what is left of that.
  CREATE INDEX queue ON operation (method, due_us) WHERE state = 0 AND losses < 2;
  CREATE INDEX suspect ON operation (due_us, method) WHERE state = 0 AND losses >= 2;
  CREATE INDEX lease ON operation (due_us) WHERE state = 1;
  CREATE INDEX expiry ON operation (due_us) WHERE state = 2 AND create_time_us > 0;
  CREATE INDEX remembered ON operation (due_us) WHERE create_time_us < 0;

  CREATE INDEX operation_change ON operation (change);

  CREATE UNIQUE INDEX request_key ON operation (request_key) WHERE request_key IS NOT NULL;
  CREATE UNIQUE INDEX exclusive_key ON operation (exclusive_key) WHERE exclusive_key IS NOT NULL;

  -- In the order of lists: what has not ended, and what belongs to an owner or a parent. Where
  -- callers are not told apart, and nothing has a parent, all but the first are empty.
  CREATE INDEX unfinished ON operation (create_time_us) WHERE state < 2 AND delete_time_us IS NULL;
  CREATE INDEX owner_unfinished ON operation (owner, create_time_us)
    WHERE state < 2 AND delete_time_us IS NULL AND owner <> '';
  CREATE INDEX owner ON operation (owner, create_time_us)
    WHERE delete_time_us IS NULL AND owner <> '';
  CREATE INDEX parent ON operation (parent, create_time_us)
    WHERE delete_time_us IS NULL AND parent <> '';
  CREATE INDEX owner_parent ON operation (owner, parent, create_time_us)
    WHERE delete_time_us IS NULL AND owner <> '' AND parent <> '';

  -- The last transaction of each process that wrote. The highest is the store's change counter; a
  -- process that cannot tell whether its COMMIT took place finds the answer in its own row.
  CREATE TABLE writer (
    id INTEGER PRIMARY KEY,
    change INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    value BLOB NOT NULL
  ) STRICT;
  `,
];

// The lock is taken here, and not by the first statement that is prepared: one of libsql that is
// refused a lock stays in progress.
const read = "BEGIN; SELECT count(*) FROM sqlite_schema";
const write = "BEGIN IMMEDIATE";

/**
 * Brings a database to the current schema, and sets up this connection. After SQLITE_BUSY it may be
 * called again.
 *
 * @throws Error that says what is wrong with "it", and what to do, if the database holds something
 *   else or comes from a newer version; and whatever the driver throws.
 */
export function prepareSchema(database: SqliteDatabase): void {
  database.exec("PRAGMA busy_timeout = 0");
  const version = inTransactionOf(read, database, () => schemaVersion(database));
  database.exec("PRAGMA journal_mode = WAL");
  const mode = pragma(database, "journal_mode");
  if (mode !== "wal" && mode !== "memory") {
    throw new Error(`it cannot be written ahead (journal_mode is ${mode}). Put it on a local disk`);
  }
  database.exec("PRAGMA synchronous = FULL");
  if (version < migrations.length) {
    inTransactionOf(write, database, () => migrate(database));
  }
}

function migrate(database: SqliteDatabase): void {
  // Another process may have been here since.
  for (const migration of migrations.slice(schemaVersion(database))) {
    database.exec(migration);
  }
  database.exec(`PRAGMA application_id = ${applicationId}`);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
  database
    .prepare("INSERT OR IGNORE INTO secret (id, value) VALUES (?, ?)")
    .run(1, randomBytes(32));
}

function schemaVersion(database: SqliteDatabase): number {
  const application = pragma(database, "application_id");
  const version = Number(pragma(database, "user_version"));
  if (application === applicationId) {
    if (version > migrations.length) {
      throw new Error(
        `a newer version of longrunning wrote it (its schema is ${version}, this version knows ` +
          `${migrations.length}). Update longrunning`,
      );
    }
    return version;
  }
  const tables = Number(only(database, "SELECT count(*) FROM sqlite_schema"));
  if (application !== 0 || version !== 0 || tables > 0) {
    throw new Error(
      "it is the database of another application. Give the operations a file of their own",
    );
  }
  return 0;
}

function pragma(database: SqliteDatabase, name: string): unknown {
  return only(database, `PRAGMA ${name}`);
}

/** The only value that a query has. */
function only(database: SqliteDatabase, query: string): unknown {
  const row = database.prepare(query).get() as Record<string, unknown> | undefined;
  return row && Object.values(row)[0];
}

function inTransactionOf<T>(begin: string, database: SqliteDatabase, run: () => T): T {
  try {
    database.exec(begin);
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // It never began, or ended by itself; what went wrong first is what matters.
    }
    throw error;
  }
}
