// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { ListFilter, ListQuery, OperationStore } from "../../../src/server/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { connect, freshPath } from "./files.ts";
import { type Interposed, interpose } from "./interposed.ts";
import { insert, names, newOperation } from "./operations.ts";

const wholeList: ListQuery = { limit: 10, maxBytes: 1e6, maxScanned: 1e6, maxScanMs: 1e6 };

function filterOf(matches: ListFilter["matches"]): ListFilter {
  return { condition: { kind: "and", operands: [] }, matches };
}

/** Thousands of operations, all of them deleted but the oldest. */
async function mostlyDeleted(): Promise<{ store: OperationStore; interposed: Interposed }> {
  const interposed: Interposed = {};
  const store = sqliteStore(interpose(connect(freshPath()), interposed));
  const all = names(3_000);
  await Promise.all(all.map((name) => insert(store, newOperation(name))));
  await Promise.all(all.slice(1).map((name) => store.delete(name)));
  return { store, interposed };
}

/** How often the event loop goes round until something is settled. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let settled = false;
  const done = work.finally(() => {
    settled = true;
  });
  while (!settled) {
    await new Promise(setImmediate);
    turns++;
  }
  await done;
  return turns;
}

test("a list looks at a thousand operations at most in a turn, with a filter and without", async () => {
  const { store, interposed } = await mostlyDeleted();
  const spans: number[] = [];
  interposed.before = (sql) => {
    if (sql.includes("OFFSET :skip")) {
      spans.push(0);
    }
  };
  const filter = filterOf(({ name }) => name === names(1)[0]);
  for (const query of [wholeList, { ...wholeList, filter }]) {
    spans.length = 0;
    const page = store.list(query);
    const turns = await turnsOf(page);
    expect((await page).records.map(({ name }) => name)).toEqual(names(1));
    expect(spans.length).toBeGreaterThan(3);
    expect(turns).toBeGreaterThanOrEqual(spans.length - 1);
  }
  await store.close();
});

test("writes of this process go on between the turns of a list, and change nothing behind it", async () => {
  const store = sqliteStore(connect(freshPath()));
  const all = names(2_000);
  await Promise.all(all.map((name) => insert(store, newOperation(name))));
  const looked = new Set<string>();
  let inserted: Promise<unknown> | undefined;
  const filter = filterOf(({ name }) => {
    inserted ??= insert(store, newOperation("operations/new"));
    looked.add(name);
    return false;
  });
  await store.list({ ...wholeList, filter });
  expect(looked.size).toBe(2_000);
  expect(looked).not.toContain("operations/new");
  await inserted;
  await store.close();
});

test("a list that was asked for is finished before the store is closed", async () => {
  const { store } = await mostlyDeleted();
  const page = store.list(wholeList);
  const closed = store.close();
  expect((await page).records).toHaveLength(1);
  await closed;
  await expect(store.list(wholeList)).rejects.toThrow("The store is closed");
});

test("a filter that throws fails the list, and nothing else", async () => {
  const store = sqliteStore(connect(freshPath()));
  await insert(store, newOperation("operations/a"));
  const filter = filterOf(() => {
    throw new Error("No such field");
  });
  await expect(store.list({ ...wholeList, filter })).rejects.toThrow("No such field");
  expect((await store.list(wholeList)).records).toHaveLength(1);
  await insert(store, newOperation("operations/b"));
  await store.close();
});

test("each look reads one state of the database: what matched is what is listed", async () => {
  const path = freshPath();
  const store = sqliteStore(connect(path));
  await insert(store, newOperation("operations/a"), { kind: "claimed", leaseMs: 1_000 });
  const result = {
    kind: "response" as const,
    response: { typeUrl: "type.googleapis.com/acme.v1.Done", value: Uint8Array.of(1) },
  };
  await store.update({ name: "operations/a", fence: 1 }, { kind: "end", result });
  const driver = connect(path);
  const filter = filterOf(() => {
    driver.exec("UPDATE operation SET result = x'09'");
    return true;
  });
  const { records } = await store.list({ ...wholeList, filter });
  expect(records[0]?.result).toEqual(result);
  await store.close();
});
