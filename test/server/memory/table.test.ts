// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { newRow, type Row } from "../../../src/server/memory/row.ts";
import { memoryTable } from "../../../src/server/memory/table.ts";
import { endRow } from "../../../src/server/memory/writes.ts";
import type { OperationResult } from "../../../src/server/store.ts";

const result: OperationResult = { kind: "error", code: 1, status: new Uint8Array() };

function endedRow(owner: string, createTimeUs: number): Row {
  const row = newRow(
    {
      name: `operations/${createTimeUs}`,
      method: "acme.v1.Library/Reindex",
      owner,
      request: new Uint8Array(),
      maxLosses: 5,
      cancelGraceMs: 0,
      retentionMs: 0,
    },
    { kind: "queued" },
    { nowMs: 0, createTimeUs },
  );
  endRow(row, { result, nowMs: 0 });
  return row;
}

test("a table lets go of what was removed, in every order", () => {
  const table = memoryTable();
  const rows = Array.from({ length: 20 }, (_, index) => endedRow(`owner ${index % 2}`, index));
  for (const row of rows) {
    table.add(row);
  }
  const [first, ...others] = rows;
  for (const row of others) {
    table.remove(row, 0);
  }
  expect([...table.newestFirst(undefined, undefined)]).toEqual([first]);
  expect([...table.newestFirst("owner 0", undefined)]).toEqual([first]);
  expect([...table.newestFirst("owner 1", undefined)]).toEqual([]);
  expect(rows.map(({ name }) => table.get(name))).toEqual([first, ...others.map(() => undefined)]);
  expect(table.done.earliest(20)).toEqual([first]);
});
