// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { listSources } from "../../../src/stores/sqlite/list-sources.ts";
import { scanSql } from "../../../src/stores/sqlite/scan-statements.ts";
import { sql } from "../../../src/stores/sqlite/statements.ts";
import { connect } from "./files.ts";
import { cancelled, insert, method, names, newOperation } from "./operations.ts";

const byName = ["SEARCH operation USING INDEX sqlite_autoindex_operation_1 (name=?)"];
const byKey = ["SEARCH operation USING INTEGER PRIMARY KEY (rowid=?)"];
const nextQueued = "SEARCH operation USING INDEX queue";
const suspect = ["SEARCH operation USING INDEX suspect (due_us<?)"];

// How every statement finds its operations. None scans or sorts them.
const plans: Readonly<Partial<Record<keyof typeof sql, readonly string[]>>> = {
  changesSince: ["SEARCH operation USING INDEX operation_change (change>?)"],
  latestCreateTime: ["SEARCH operation USING INTEGER PRIMARY KEY (rowid<?)"],
  requestKey: ["SEARCH operation USING INDEX request_key (request_key=?)"],
  exclusiveKey: ["SEARCH operation USING INDEX exclusive_key (exclusive_key=?)"],
  freeExclusiveKey: byKey,
  claimable: [`${nextQueued} (method=? AND due_us<?)`],
  suspects: suspect,
  claim: byKey,
  queuedMethods: [nextQueued, `${nextQueued} (method>?)`],
  unclaimed: [`${nextQueued} (method=? AND due_us<?)`],
  unclaimedSuspects: suspect,
  renew: byName,
  report: byName,
  settle: byName,
  cancel: byName,
  delete: byName,
  removable: ["SEARCH operation USING INDEX expiry (due_us<?)"],
  forgettable: ["SEARCH operation USING COVERING INDEX remembered (due_us<?)"],
  remove: byKey,
  strip: byKey,
  read: byName,
  isThere: byName,
  createTime: ["SEARCH operation USING COVERING INDEX sqlite_autoindex_operation_1 (name=?)"],
  load: byKey,
  responses: byKey,
  overdue: ["SCAN operation USING INDEX lease"],
};

// A scan looks at what its source holds in one span of time, and at nothing else.
const scans: Readonly<Record<keyof typeof listSources, string>> = {
  all: "INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
  owner: "INDEX owner (owner=? AND create_time_us>? AND create_time_us<?)",
  parent: "INDEX parent (parent=? AND create_time_us>? AND create_time_us<?)",
  ownerParent:
    "INDEX owner_parent (owner=? AND parent=? AND create_time_us>? AND create_time_us<?)",
  unfinished: "INDEX unfinished (create_time_us>? AND create_time_us<?)",
  ownerUnfinished: "INDEX owner_unfinished (owner=? AND create_time_us>? AND create_time_us<?)",
};

test("every statement finds its rows by an index, and in order", async () => {
  const database = connect(":memory:");
  await using store = sqliteStore(database);
  const planOf = (text: string) => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
    const details = (steps as { detail: string }[]).map(({ detail }) => detail);
    return details.filter((detail) => /operation|B-TREE/.test(detail));
  };
  const check = () => {
    for (const [name, plan] of Object.entries(plans)) {
      expect.soft(planOf(sql[name as keyof typeof sql]), name).toEqual(plan);
    }
    const others = Object.entries(sql).filter(([name]) => !(name in plans));
    expect(others.filter(([, text]) => text.includes("operation"))).toEqual([]);
    for (const [name, plan] of Object.entries(scans)) {
      const source = listSources[name as keyof typeof listSources];
      for (const text of Object.values(scanSql({ source, conditions: [] }, "state = 2"))) {
        expect.soft(planOf(text), text).toEqual([`SEARCH operation USING ${plan}`]);
      }
    }
  };
  check();

  // Statistics, which an operator may have gathered, change nothing.
  const all = names(2_000);
  await Promise.all(
    all.map((name, index) =>
      insert(
        store,
        newOperation(index % 3 === 0 ? name : `projects/${index % 5}/${name}`, {
          owner: index % 4 === 0 ? "" : `owner-${index % 4}`,
          ...(index % 2 === 0 && { requestKey: { key: name, rememberMs: 1_000 } }),
        }),
      ),
    ),
  );
  const { records } = await store.list({
    limit: 2_000,
    maxBytes: 1,
    maxScanned: 1,
    maxScanMs: 1,
  });
  await Promise.all(records.slice(0, 1_500).map(({ name }) => store.cancel(name, cancelled)));
  await Promise.all(records.slice(0, 100).map(({ name }) => store.delete(name)));
  await store.claim({ methods: [method], limit: 50, suspectLimit: 1, leaseMs: 1_000 });
  database.exec("ANALYZE");
  check();
});
