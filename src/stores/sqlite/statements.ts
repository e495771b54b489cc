// SPDX-License-Identifier: Apache-2.0

import type { SqliteDatabase, SqliteStatement, SqliteValue } from "./database.ts";
import { changeColumns, recordColumns } from "./rows.ts";

// What a running operation ends with depends on whether a cancel was requested; no result at all
// means that it goes back to the queue.
const either = (column: string) => `iif(cancel_time_us IS NULL, :${column}, :cancelled_${column})`;
const ends = `${either("result")} IS NOT NULL`;

type StatementName =
  | "lastChange"
  | "ownChange"
  | "markChange"
  | "forgetWriters"
  | "dataVersion"
  | "changesSince"
  | "latestCreateTime"
  | "insert"
  | "claimable"
  | "claim"
  | "renew"
  | "report"
  | "settle"
  | "cancel"
  | "delete"
  | "purge"
  | "read"
  | "listSizes"
  | "list"
  | "overdue"
  | "secret";

/**
 * Every statement of the store but those that begin and end transactions. Each write is a single
 * one, and so is done whole or not at all.
 */
export const sql: Readonly<Record<StatementName, string>> = {
  lastChange: "SELECT ifnull(max(change), 0) AS change FROM writer",
  ownChange: "SELECT change FROM writer WHERE id = ?",
  markChange: `INSERT INTO writer (id, change) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET change = excluded.change`,
  forgetWriters: "DELETE FROM writer WHERE change < ?",
  dataVersion: "PRAGMA data_version",
  changesSince: `SELECT create_time_us, change, name, ${changeColumns} FROM operation
    WHERE (change, create_time_us) > (?, ?) ORDER BY change, create_time_us LIMIT ?`,

  latestCreateTime: "SELECT max(create_time_us) AS latest FROM operation WHERE create_time_us < ?",
  insert: `INSERT INTO operation (create_time_us, name, method, state, fence, change, attempt,
      max_losses, due_us, lease_end_us, cancel_grace_us, metadata_type, metadata, request)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  claimable: `SELECT create_time_us FROM operation
    WHERE state = 0 AND due_us <= ? AND method IN (SELECT value FROM json_each(?))
    ORDER BY due_us LIMIT ?`,
  claim: `UPDATE operation SET state = 1, fence = fence + 1, attempt = attempt + 1,
      change = :change, due_us = :lease_end, lease_end_us = :lease_end
    WHERE create_time_us IN (SELECT value FROM json_each(:claimable))
    RETURNING name, ${recordColumns}, fence, delete_time_us, attempt, losses, max_losses, request`,
  renew: `UPDATE operation SET lease_end_us = :lease_end,
      due_us = min(:lease_end, ifnull(cancel_time_us + cancel_grace_us, :lease_end))
    WHERE name = :name AND fence = :fence AND state = 1
    RETURNING cancel_time_us`,
  report: `UPDATE operation SET metadata_type = ?, metadata = ?, change = ?
    WHERE name = ? AND fence = ? AND state = 1
    RETURNING ${changeColumns}`,
  settle: `UPDATE operation SET
      state = iif(${ends}, 2, 0),
      fence = fence + 1,
      change = :change,
      losses = losses + :losses,
      due_us = iif(${ends}, iif(delete_time_us IS NULL, NULL, :purge_time), :due),
      end_time_us = iif(${ends}, :now, NULL),
      metadata_type = ifnull(:metadata_type, metadata_type),
      metadata = ifnull(:metadata, metadata),
      error_code = ${either("error_code")},
      result_type = ${either("result_type")},
      result = ${either("result")}
    WHERE name = :name AND fence = :fence AND state = 1 AND lease_end_us <= :lapsed_by
    RETURNING ${changeColumns}`,
  cancel: `UPDATE operation SET
      state = iif(state = 0, 2, 1),
      fence = fence + (state = 0),
      change = :change,
      cancel_time_us = :now,
      due_us = iif(state = 0, NULL, min(lease_end_us, :now + cancel_grace_us)),
      end_time_us = iif(state = 0, :now, NULL),
      error_code = iif(state = 0, :error_code, NULL),
      result_type = iif(state = 0, :result_type, NULL),
      result = iif(state = 0, :result, NULL)
    WHERE name = :name AND state < 2 AND cancel_time_us IS NULL AND delete_time_us IS NULL
    RETURNING ${changeColumns}`,
  delete: `UPDATE operation SET
      delete_time_us = :now,
      change = :change,
      due_us = iif(state = 2, :purge_time, due_us)
    WHERE name = :name AND delete_time_us IS NULL
    RETURNING ${changeColumns}`,
  // What is done falls due when it may be removed.
  purge: `DELETE FROM operation WHERE create_time_us IN (
      SELECT create_time_us FROM operation WHERE state = 2 AND due_us <= ? LIMIT ?)
    RETURNING create_time_us`,

  read: `SELECT ${recordColumns} FROM operation WHERE name = ? AND delete_time_us IS NULL`,
  listSizes: `SELECT create_time_us,
      ifnull(length(metadata), 0) + ifnull(length(result), 0) AS bytes FROM operation
    WHERE create_time_us < ? AND delete_time_us IS NULL ORDER BY create_time_us DESC LIMIT ?`,
  list: `SELECT name, ${recordColumns} FROM operation
    WHERE create_time_us BETWEEN ? AND ? AND delete_time_us IS NULL ORDER BY create_time_us DESC`,
  overdue: `SELECT name, method, fence, losses, max_losses, lease_end_us, due_us FROM operation
    WHERE state = 1 AND due_us IS NOT NULL ORDER BY due_us LIMIT ?`,
  secret: "SELECT value FROM secret",
};

/** Values in the order of their places, or by name. */
type Values = SqliteValue[] | [Readonly<Record<string, SqliteValue>>];

/** A statement that was prepared once. */
export interface Statement {
  run(...values: Values): unknown;
  get(...values: Values): unknown;
  all(...values: Values): unknown[];
}

export type Statements = Readonly<Record<StatementName, Statement>>;

export function prepareStatements(database: SqliteDatabase): Statements {
  const prepared = Object.entries(sql).map(([name, text]) => [name, prepare(database, text)]);
  return Object.fromEntries(prepared) as Statements;
}

/**
 * A statement that can be used again after it has failed. One of libsql would fail again, or run once
 * more with its old values.
 */
function prepare(database: SqliteDatabase, text: string): Statement {
  let statement: SqliteStatement | undefined = database.prepare(text);

  function use<T>(run: (statement: SqliteStatement) => T): T {
    statement ??= database.prepare(text);
    try {
      return run(statement);
    } catch (error) {
      statement = undefined;
      throw error;
    }
  }

  // All drivers take values by name as well, though their types differ.
  return {
    run: (...values) => use((prepared) => prepared.run(...(values as SqliteValue[]))),
    get: (...values) => use((prepared) => prepared.get(...(values as SqliteValue[]))),
    all: (...values) => use((prepared) => prepared.all(...(values as SqliteValue[]))),
  };
}
