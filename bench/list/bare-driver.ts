// SPDX-License-Identifier: Apache-2.0

import Database from "libsql";

/** Reads the rows of a store's file, whole but for the requests, as fast as the driver goes. */
export interface BareDriver {
  get(name: string): unknown;
  newest(limit: number): unknown[];
  /** The newest that have not ended. */
  unfinished(limit: number): unknown[];
  /** Any names. */
  names(count: number): readonly string[];
  close(): void;
}

const columns = `name, method, owner, state, external, cancel_time_us, create_time_us, end_time_us,
  metadata_type, metadata, error_code, result_type, result`;

export function openBareDriver(path: string): BareDriver {
  const database = new Database(path);
  const get = database.prepare(`SELECT ${columns} FROM operation WHERE name = ?`);
  const newest = database.prepare(
    `SELECT ${columns} FROM operation WHERE delete_time_us IS NULL
    ORDER BY create_time_us DESC LIMIT ?`,
  );
  const unfinished = database.prepare(
    `SELECT ${columns} FROM operation INDEXED BY unfinished
    WHERE state < 2 AND delete_time_us IS NULL ORDER BY create_time_us DESC LIMIT ?`,
  );
  return {
    get: (name) => get.get(name),
    newest: (limit) => newest.all(limit),
    unfinished: (limit) => unfinished.all(limit),
    names(count) {
      // Names are random, and so are the first of them.
      const rows = database.prepare("SELECT name FROM operation ORDER BY name LIMIT ?").all(count);
      return (rows as { readonly name: string }[]).map(({ name }) => name);
    },
    close: () => database.close(),
  };
}
