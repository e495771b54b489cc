// SPDX-License-Identifier: Apache-2.0

import type { SqliteDatabase, SqliteValue } from "./database.ts";
import type { SourcedList } from "./list-sources.ts";
import type { Pushdown } from "./pushdown.ts";
import { leanColumns, payloadSize } from "./rows.ts";
import { prepare, type Statement, visible } from "./statements.ts";

/** The statements of a list, or their texts. */
export interface ScanStatements<Of> {
  /** Where so many operations of a span end, whether the list shows them or not. */
  readonly end: Of;
  /** How large those are that it may show. */
  readonly sizes: Of;
  /** All of them that a filter can ask for. */
  readonly lean: Of;
}

/** A statement that knows what is the same in each part of a list. */
export type ScanStatement = (values: Readonly<Record<string, number>>) => readonly unknown[];

/** Prepares the statements of lists, and keeps them for the next ones. */
export type PrepareScan = (
  list: SourcedList,
  pushed: Pushdown | undefined,
) => ScanStatements<ScanStatement>;

// Each shape of a filter has statements of its own.
const maxStatements = 64;

export function scanPreparer(database: SqliteDatabase): PrepareScan {
  const statements = new Map<string, Statement>();

  function prepared(text: string): Statement {
    const known = statements.get(text);
    if (known !== undefined) {
      return known;
    }
    const [oldest] = statements.size < maxStatements ? [] : statements.keys();
    if (oldest !== undefined) {
      statements.delete(oldest);
    }
    const statement = prepare(database, text);
    statements.set(text, statement);
    return statement;
  }

  return (list, pushed) => {
    const { end, sizes, lean } = scanSql(list, pushed?.condition);
    const all = { ...list.values, ...pushed?.values };
    const bound =
      (text: string): ScanStatement =>
      (values) =>
        prepared(text).all({ ...usedIn(text, all), ...values });
    return { end: bound(end), sizes: bound(sizes), lean: bound(lean) };
  };
}

/** The texts. Each part of a list is a span of creation times, from `:first` on and before `:before`. */
export function scanSql(
  { source, conditions }: Pick<SourcedList, "source" | "conditions">,
  pushed?: string,
): ScanStatements<string> {
  const span = ["create_time_us >= :first", "create_time_us < :before"];
  const scanned = `FROM ${source.from} WHERE ${[...source.where, ...span].join(" AND ")}`;
  const shown = [visible, ...conditions, ...(pushed === undefined ? [] : [pushed])].join(" AND ");
  const inOrder = "ORDER BY create_time_us DESC";
  return {
    end: `SELECT create_time_us, name ${scanned} ${inOrder} LIMIT 1 OFFSET :skip`,
    sizes: `SELECT create_time_us, name, ${payloadSize} AS bytes ${scanned} AND ${shown} ${inOrder}`,
    lean: `SELECT ${leanColumns}, ${payloadSize} AS bytes ${scanned} AND ${shown} ${inOrder}`,
  };
}

/** Some drivers refuse values that a statement does not refer to. */
function usedIn(
  text: string,
  values: Readonly<Record<string, SqliteValue>>,
): Readonly<Record<string, SqliteValue>> {
  const names = new Set(text.match(/:\w+/g));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(`:${name}`)));
}
