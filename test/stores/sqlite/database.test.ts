// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { inTransaction } from "../../../src/stores/sqlite/database.ts";
import { connect } from "./files.ts";

test("whether a transaction is open is found out where the driver does not say", () => {
  const database = connect(":memory:");
  const silent = {
    exec: (sql: string) => database.exec(sql),
    prepare: (sql: string) => database.prepare(sql),
    close: () => database.close(),
  };
  for (const either of [database, silent]) {
    expect(inTransaction(either)).toBe(false);
    either.exec("BEGIN IMMEDIATE");
    expect(inTransaction(either)).toBe(true);
    expect(inTransaction(either)).toBe(true);
    either.exec("COMMIT");
    expect(inTransaction(either)).toBe(false);
  }
});
