// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { describe, test } from "vitest";
import { memoryStore } from "../../src/server/memory/memory-store.ts";
import type { SqliteDatabase } from "../../src/stores/sqlite/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { type StoreFactory, storeSuite } from "../../src/testing/index.ts";

type Driver = new (path: string) => SqliteDatabase;

/** Stores on a file in a directory of their own. */
function onFile(Driver: Driver): StoreFactory {
  let directory: string | undefined;
  let databases: SqliteDatabase[] = [];
  const open: StoreFactory["open"] = async (clock) => {
    directory ??= mkdtempSync(join(tmpdir(), "store-suite-"));
    const database = new Driver(join(directory, "operations.db"));
    databases.push(database);
    return sqliteStore(database, { clock });
  };
  return {
    open,
    openReplica: open,
    async cleanUp() {
      for (const database of databases) {
        database.close();
      }
      databases = [];
      if (directory !== undefined) {
        rmSync(directory, { recursive: true });
        directory = undefined;
      }
    },
  };
}

const builtin = process.getBuiltinModule("node:sqlite") as { DatabaseSync: Driver } | undefined;
if (builtin === undefined) {
  process.stderr.write(
    `\n*** node:sqlite is not in Node ${process.version}: its store is not tested here\n\n`,
  );
}

const stores: Readonly<Record<string, StoreFactory>> = {
  memoryStore: { open: async (clock) => memoryStore({ clock }) },
  "sqliteStore on a file, libsql": onFile(Libsql),
  "sqliteStore in memory, libsql": {
    open: async (clock) => sqliteStore(new Libsql(":memory:"), { clock }),
  },
  ...(builtin && { "sqliteStore on a file, node:sqlite": onFile(builtin.DatabaseSync) }),
};

for (const [name, factory] of Object.entries(stores)) {
  describe(name, () => {
    for (const { name, run } of storeSuite(factory)) {
      test(name, run);
    }
  });
}
