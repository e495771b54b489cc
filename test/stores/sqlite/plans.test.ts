// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { sql } from "../../../src/stores/sqlite/statements.ts";
import { connect } from "./files.ts";
import { cancelled, method, names, newOperation } from "./operations.ts";

const byName = ["SEARCH operation USING INDEX sqlite_autoindex_operation_1 (name=?)"];
const byKey = "SEARCH operation USING INTEGER PRIMARY KEY";
const due = "SEARCH operation USING COVERING INDEX agenda (state=? AND due_us<?)";

// How every statement finds its operations. None scans or sorts them.
const plans: Readonly<Partial<Record<keyof typeof sql, readonly string[]>>> = {
  changesSince: ["SEARCH operation USING INDEX operation_change (change>?)"],
  latestCreateTime: [`${byKey} (rowid<?)`],
  insert: [],
  claimable: [due],
  claim: [`${byKey} (rowid=?)`],
  renew: byName,
  report: byName,
  settle: byName,
  cancel: byName,
  delete: byName,
  purge: [`${byKey} (rowid=?)`, due],
  read: byName,
  listSizes: [`${byKey} (rowid<?)`],
  list: [`${byKey} (rowid>? AND rowid<?)`],
  overdue: ["SEARCH operation USING INDEX agenda (state=? AND due_us>?)"],
};

test("every statement finds its rows by an index, and in order", async () => {
  const database = connect(":memory:");
  await using store = sqliteStore(database);
  const explain = () =>
    Object.fromEntries(
      Object.entries(sql)
        .filter(([, text]) => text.includes("operation"))
        .map(([name, text]) => {
          const steps = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
          const details = (steps as { detail: string }[]).map(({ detail }) => detail);
          return [name, details.filter((detail) => /operation|B-TREE/.test(detail))];
        }),
    );
  expect(explain()).toEqual(plans);

  // Statistics, which an operator may have gathered, change nothing.
  const all = names(2_000);
  await Promise.all(all.map((name) => store.insert(newOperation(name))));
  await Promise.all(all.slice(0, 1_500).map((name) => store.cancel(name, cancelled)));
  await Promise.all(all.slice(0, 100).map((name) => store.delete(name)));
  await store.claim({ methods: [method], limit: 50, leaseMs: 1_000 });
  database.exec("ANALYZE");
  expect(explain()).toEqual(plans);
});
