// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import Database from "libsql";

/** Inserts rows, as fast as the driver goes. */
export interface BareDriver {
  /** Inserts `count` rows, in transactions of `batch`. */
  insert(count: number, batch: number): void;
  close(): void;
}

// With its name, a row is about as large as that of a new operation.
const dataBytes = 270;

/** Opens a file that is as durable as that of a store, with a table that has no other index. */
export function openBareDriver(path: string): BareDriver {
  const database = new Database(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(
    "CREATE TABLE row (id INTEGER PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL)",
  );
  const insert = database.prepare("INSERT INTO row (name, data) VALUES (?, ?)");
  const data = randomBytes(dataBytes);
  let lastId = 0;
  return {
    insert(count, batch) {
      for (let left = count; left > 0; left -= batch) {
        database.exec("BEGIN IMMEDIATE");
        for (let i = 0; i < Math.min(batch, left); i++) {
          lastId++;
          insert.run(`operations/${String(lastId).padStart(26, "a")}`, data);
        }
        database.exec("COMMIT");
      }
    },
    close: () => database.close(),
  };
}
