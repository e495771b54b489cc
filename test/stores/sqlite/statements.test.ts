// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { prepareStatements } from "../../../src/stores/sqlite/statements.ts";
import { connect, freshPath } from "./files.ts";
import { insert, names, newOperation } from "./operations.ts";

test("a statement that was refused a lock forgets the values that it had", async () => {
  const path = freshPath();
  const database = connect(path);
  const store = sqliteStore(database);
  const [first = "", second = ""] = names(2);
  for (const name of [first, second]) {
    await insert(store, newOperation(name), { kind: "claimed", leaseMs: 1_000 });
  }
  const { renew, overdue } = prepareStatements(database);
  const before = overdue.all(10) as { name: string; lease_end_us: number }[];
  const other = connect(path);
  other.exec("BEGIN IMMEDIATE");
  const far = Number.MAX_SAFE_INTEGER;
  expect(() => renew.get({ name: first, fence: 1, lease_end: far })).toThrow("locked");
  other.exec("COMMIT");
  expect(renew.get({ name: second, fence: 1, lease_end: far })).toBeDefined();
  const after = overdue.all(10) as { name: string; lease_end_us: number }[];
  const changed = after.filter(
    ({ name, lease_end_us }) =>
      before.find((row) => row.name === name)?.lease_end_us !== lease_end_us,
  );
  expect(changed.map(({ name }) => name)).toEqual([second]);
});
