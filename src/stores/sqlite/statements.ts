// SPDX-License-Identifier: Apache-2.0

import type { SqliteDatabase, SqliteStatement, SqliteValue } from "./database.ts";
import { changeColumns, recordColumns } from "./rows.ts";

// What a running operation ends with depends on whether a cancel was requested; no result at all
// means that it goes back to the queue.
const either = (column: string) => `iif(cancel_time_us IS NULL, :${column}, :cancelled_${column})`;
const ends = `${either("result")} IS NOT NULL`;
// Cut off from a lease that is not over, it goes on holding its exclusive key, if it has one.
const holds = ":cut_off AND external = 0 AND exclusive_key IS NOT NULL AND lease_end_us > :now";
const heldUntil = "iif(exclusive_key IS NULL, 0, lease_end_us)";
// Whether anybody may still see it: what has expired is hidden even before it is removed.
const visibleAt = (now: string) => `delete_time_us IS NULL AND (state < 2 OR due_us > ${now})`;
export const visible: string = visibleAt(":now");
const queued = "state = 0 AND losses < 2";
const suspect = "state = 0 AND losses >= 2";

type StatementName =
  | "lastChange"
  | "ownChange"
  | "markChange"
  | "forgetWriters"
  | "dataVersion"
  | "changesSince"
  | "latestCreateTime"
  | "requestKey"
  | "exclusiveKey"
  | "freeExclusiveKey"
  | "claimable"
  | "suspects"
  | "claim"
  | "queuedMethods"
  | "unclaimed"
  | "unclaimedSuspects"
  | "renew"
  | "report"
  | "settle"
  | "cancel"
  | "delete"
  | "removable"
  | "forgettable"
  | "remove"
  | "strip"
  | "read"
  | "isThere"
  | "createTime"
  | "load"
  | "responses"
  | "overdue"
  | "secret";

/**
 * Every statement of the store but those that begin and end transactions, and those that depend on
 * what is inserted, or asked for in a list. Each is done whole or not at all.
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
  requestKey: `SELECT name, ${recordColumns}, request, ${visible} AS visible,
      state < 2 OR remember_until_us > :now OR ${heldUntil} > :now AS remembered
    FROM operation WHERE request_key = :key`,
  exclusiveKey: `SELECT create_time_us, state < 2 OR lease_end_us > ? AS held FROM operation
    WHERE exclusive_key = ?`,
  freeExclusiveKey: "UPDATE operation SET exclusive_key = NULL WHERE create_time_us = ?",

  claimable: `SELECT create_time_us, due_us FROM operation
    WHERE ${queued} AND method = ? AND due_us <= ? ORDER BY due_us LIMIT ?`,
  suspects: `SELECT create_time_us, due_us FROM operation
    WHERE ${suspect} AND due_us <= ? AND method IN (SELECT value FROM json_each(?))
    ORDER BY due_us LIMIT ?`,
  claim: `UPDATE operation SET state = 1, fence = fence + 1, attempt = attempt + 1,
      change = :change, due_us = :lease_end, lease_end_us = :lease_end
    WHERE create_time_us IN (SELECT value FROM json_each(:claimable))
    RETURNING name, ${recordColumns}, fence, delete_time_us, attempt, losses, max_losses, request`,
  // From one method to the next, past however many operations of each.
  queuedMethods: `WITH RECURSIVE queued (method) AS (
      SELECT min(method) FROM operation WHERE ${queued}
      UNION ALL
      SELECT (SELECT min(method) FROM operation WHERE ${queued} AND method > queued.method)
        FROM queued WHERE queued.method IS NOT NULL)
    SELECT method FROM queued WHERE method IS NOT NULL`,
  unclaimed: `SELECT create_time_us, due_us, name, method FROM operation
    WHERE ${queued} AND method = ? AND due_us <= ? ORDER BY due_us LIMIT ?`,
  unclaimedSuspects: `SELECT create_time_us, due_us, name, method FROM operation
    WHERE ${suspect} AND due_us <= ? AND method NOT IN (SELECT value FROM json_each(?))
    ORDER BY due_us LIMIT ?`,

  renew: `UPDATE operation SET
      lease_end_us = iif(external, lease_end_us, :lease_end),
      due_us = iif(external, due_us,
        min(:lease_end, ifnull(cancel_time_us + cancel_grace_us, :lease_end)))
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
      due_us = iif(${ends},
        max(iif(delete_time_us IS NULL, :now + retention_us, :purge_time),
          iif(${holds}, lease_end_us, 0)),
        :due),
      end_time_us = iif(${ends}, max(:now, create_time_us), NULL),
      exclusive_key = iif(${ends} AND NOT (${holds}), NULL, exclusive_key),
      metadata_type = ifnull(:metadata_type, metadata_type),
      metadata = ifnull(:metadata, metadata),
      error_code = ${either("error_code")},
      result_type = ${either("result_type")},
      result = ${either("result")},
      request = iif(${ends} AND request_key IS NULL, x'', request)
    WHERE name = :name AND fence = :fence AND state = 1 AND external <= :external
      AND lease_end_us <= :lapsed_by
    RETURNING ${changeColumns}`,
  cancel: `UPDATE operation SET
      state = iif(state = 0, 2, 1),
      fence = fence + (state = 0),
      change = :change,
      cancel_time_us = :now,
      due_us = iif(state = 0, :now + retention_us, min(lease_end_us, :now + cancel_grace_us)),
      end_time_us = iif(state = 0, max(:now, create_time_us), NULL),
      exclusive_key = iif(state = 0, NULL, exclusive_key),
      error_code = iif(state = 0, :error_code, NULL),
      result_type = iif(state = 0, :result_type, NULL),
      result = iif(state = 0, :result, NULL),
      request = iif(state = 0 AND request_key IS NULL, x'', request)
    WHERE name = :name AND state < 2 AND cancel_time_us IS NULL AND delete_time_us IS NULL
    RETURNING ${changeColumns}`,
  delete: `UPDATE operation SET
      delete_time_us = :now,
      change = :change,
      due_us = iif(state = 2, max(:purge_time, ${heldUntil}), due_us)
    WHERE name = :name AND ${visible}
    RETURNING ${changeColumns}`,

  removable: `SELECT create_time_us, request_key IS NOT NULL AND remember_until_us > :now AS remembered
    FROM operation WHERE state = 2 AND create_time_us > 0 AND due_us <= :now
    ORDER BY due_us LIMIT :limit`,
  forgettable: `SELECT create_time_us FROM operation
    WHERE create_time_us < 0 AND due_us <= ? ORDER BY due_us LIMIT ?`,
  remove: "DELETE FROM operation WHERE create_time_us IN (SELECT value FROM json_each(?))",
  strip: `UPDATE operation SET
      create_time_us = -create_time_us,
      delete_time_us = ifnull(delete_time_us, :now),
      due_us = remember_until_us,
      exclusive_key = NULL,
      metadata_type = NULL, metadata = NULL, result_type = NULL, result = NULL, request = x''
    WHERE create_time_us IN (SELECT value FROM json_each(:stripped))`,

  read: `SELECT ${recordColumns} FROM operation WHERE name = ? AND ${visibleAt("?")}`,
  isThere: `SELECT 1 FROM operation WHERE name = ? AND ${visibleAt("?")}`,
  createTime: "SELECT create_time_us FROM operation WHERE name = ?",
  load: `SELECT name, ${recordColumns} FROM operation
    WHERE create_time_us IN (SELECT value FROM json_each(?)) ORDER BY create_time_us DESC`,
  responses: `SELECT create_time_us, result_type, result FROM operation
    WHERE create_time_us IN (SELECT value FROM json_each(?))`,
  overdue: `SELECT name, method, external, fence, losses, max_losses, lease_end_us, due_us
    FROM operation WHERE state = 1 ORDER BY due_us LIMIT ?`,
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
export function prepare(database: SqliteDatabase, text: string): Statement {
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
