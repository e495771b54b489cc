// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import type { OperationStore } from "../../../src/server/store.ts";
import { type SqliteStoreOptions, sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { hasResultCode } from "../../../src/stores/sqlite/result-code.ts";
import { manualClock } from "../../../src/testing/index.ts";
import { connect, freshPath, namesIn } from "./files.ts";
import { type Interposed, interpose } from "./interposed.ts";
import { insert, names, newOperation } from "./operations.ts";

/** Inserts all in one turn; the names that were acknowledged, and the errors of the others. */
async function insertAll(
  store: OperationStore,
  wanted: readonly string[],
  init: Parameters<typeof newOperation>[1] = {},
): Promise<{ readonly acknowledged: string[]; readonly errors: unknown[] }> {
  const outcomes = await Promise.allSettled(
    wanted.map((name) => insert(store, newOperation(name, init))),
  );
  const acknowledged = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" ? outcome.value.name : [],
  );
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? outcome.reason : [],
  );
  return { acknowledged, errors };
}

/** Notes the names that the store tells of. */
function toldOf(store: OperationStore): Set<string> {
  const told = new Set<string>();
  store.subscribe((changes) => {
    for (const { name } of changes) {
      told.add(name);
    }
  });
  return told;
}

/** A store on a real file, with a way to get between it and the database. */
function interposedStore(
  path: string,
  options?: SqliteStoreOptions,
): { readonly store: OperationStore; readonly interposed: Interposed } {
  const interposed: Interposed = {};
  const store = sqliteStore(interpose(connect(path), interposed), options);
  onTestFinished(() => store.close());
  return { store, interposed };
}

describe("the writes of one turn", () => {
  test("are one transaction", async () => {
    const { store, interposed } = interposedStore(freshPath());
    let commits = 0;
    interposed.after = (sql) => {
      commits += sql === "COMMIT" ? 1 : 0;
    };
    await insertAll(store, names(64));
    expect(commits).toBe(1);
    await insertAll(store, names(64, "operations/more-"));
    expect(commits).toBe(2);
  });

  test("stop after some milliseconds, and the rest comes in the next turn", async () => {
    const clock = manualClock();
    const { store, interposed } = interposedStore(freshPath(), { clock });
    const inserts: number[] = [];
    interposed.before = (sql) => {
      if (sql === "BEGIN IMMEDIATE") {
        inserts.push(0);
      } else if (sql.startsWith("INSERT INTO operation")) {
        inserts.push((inserts.pop() ?? 0) + 1);
        clock.advance(3);
      }
    };
    const { acknowledged } = await insertAll(store, names(18));
    expect(acknowledged).toEqual(names(18));
    expect(inserts).toEqual([4, 4, 4, 4, 2]);
  });

  test("are all acknowledged but the one whose name is taken", async () => {
    const path = freshPath();
    const store = sqliteStore(path);
    await insert(store, newOperation(names(64)[20] ?? ""));
    const told = toldOf(store);
    const { acknowledged, errors } = await insertAll(store, names(64));
    expect(errors).toHaveLength(1);
    expect(acknowledged).toHaveLength(63);
    expect([...told].sort()).toEqual(acknowledged);
    await store.close();
    expect(namesIn(path)).toEqual(names(64));
  });
});

describe("a full disk", () => {
  /** A file that may grow by that many pages more. */
  function limited(path: string, morePages: number): { grow(): void; store: OperationStore } {
    const database = connect(path);
    const store = sqliteStore(database);
    const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${page_count + morePages}`);
    onTestFinished(() => store.close());
    return { store, grow: () => database.exec("PRAGMA max_page_count = 1000000") };
  }

  test("in mid batch fails what does not fit: the rows are what was acknowledged", async () => {
    const path = freshPath();
    const { store, grow } = limited(path, 20);
    const told = toldOf(store);
    const request = new Uint8Array(2_000);
    const { acknowledged, errors } = await insertAll(store, names(200), { request });
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(acknowledged.length).toBeLessThan(100);
    expect(errors.length).toBe(200 - acknowledged.length);
    for (const error of errors) {
      expect(error).toMatchObject({ message: "database or disk is full" });
    }
    expect(namesIn(path)).toEqual(acknowledged);
    expect([...told].sort()).toEqual(acknowledged);

    grow();
    const later = await insertAll(store, names(50, "operations/later-"), { request });
    expect(later.errors).toEqual([]);
    expect(namesIn(path)).toEqual([...acknowledged, ...later.acknowledged]);
  });

  test("fails the one write that is too large, not its neighbours", async () => {
    const path = freshPath();
    const { store } = limited(path, 40);
    const large = insert(
      store,
      newOperation("operations/large", { request: new Uint8Array(1_000_000) }),
    );
    const [outcome, { acknowledged }] = await Promise.all([
      large.catch((error: unknown) => error),
      insertAll(store, names(50)),
    ]);
    expect(outcome).toMatchObject({ message: "database or disk is full" });
    expect(acknowledged).toEqual(names(50));
    expect(namesIn(path)).toEqual(names(50));
  });
});

describe("a COMMIT that fails", () => {
  const failure = Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });

  test("before it took place is made good by trying again", async () => {
    const path = freshPath();
    const { store, interposed } = interposedStore(path);
    const told = toldOf(store);
    let failures = 1;
    interposed.before = (sql) => {
      if (sql === "COMMIT" && failures-- > 0) {
        throw failure;
      }
    };
    const { acknowledged } = await insertAll(store, names(30));
    expect(acknowledged).toEqual(names(30));
    expect([...told].sort()).toEqual(names(30));
    await store.close();
    expect(namesIn(path)).toEqual(names(30));
  });

  test("and goes on failing acknowledges nothing, and tells of nothing", async () => {
    const path = freshPath();
    const { store, interposed } = interposedStore(path);
    const told = toldOf(store);
    interposed.before = (sql) => {
      if (sql === "COMMIT") {
        throw failure;
      }
    };
    const { errors } = await insertAll(store, names(5));
    expect(errors).toEqual(names(5).map(() => failure));
    expect(told.size).toBe(0);
    await store.close();
    expect(namesIn(path)).toEqual([]);
  });

  test("after it took place is seen to have taken place, even if others wrote since", async () => {
    const path = freshPath();
    const { store, interposed } = interposedStore(path);
    const told = toldOf(store);
    const other = connect(path);
    let failures = 2;
    interposed.after = (sql) => {
      if (sql === "COMMIT" && failures-- > 0) {
        other.exec(`INSERT INTO writer SELECT ${failures + 1}, max(change) + 1 FROM writer`);
        throw failure;
      }
    };
    const first = await insertAll(store, names(30, "operations/a-"));
    const second = await insertAll(store, names(30, "operations/b-"));
    const all = [...names(30, "operations/a-"), ...names(30, "operations/b-")];
    expect([...first.errors, ...second.errors]).toEqual([]);
    expect([...told].sort()).toEqual(all);
    await store.close();
    expect(namesIn(path)).toEqual(all);
  });

  test("says that its outcome is not known where it cannot be found out", async () => {
    const { store, interposed } = interposedStore(freshPath());
    interposed.before = (sql) => {
      if (sql.includes("FROM writer WHERE id")) {
        throw failure;
      }
    };
    interposed.after = (sql) => {
      if (sql === "COMMIT") {
        throw failure;
      }
    };
    const { errors } = await insertAll(store, names(3));
    expect(errors).toHaveLength(3);
    for (const error of errors) {
      expect(error).toMatchObject({
        message: expect.stringContaining("may have taken place, or not"),
        cause: failure,
      });
    }
  });

  test("at any time, before or after, loses and invents nothing", async () => {
    const outcome = fc.constantFrom("works", "fails before", "fails after");
    const batches = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 30 }), batches, async (outcomes, sizes) => {
        const path = freshPath();
        const { store, interposed } = interposedStore(path);
        const told = toldOf(store);
        const coming = [...outcomes];
        let next: string | undefined;
        interposed.before = (sql) => {
          next = sql === "COMMIT" ? coming.shift() : undefined;
          if (next === "fails before") {
            throw failure;
          }
        };
        interposed.after = () => {
          if (next === "fails after") {
            throw failure;
          }
        };
        const all: string[] = [];
        for (const [index, size] of sizes.entries()) {
          const { acknowledged } = await insertAll(store, names(size, `operations/${index}-`));
          all.push(...acknowledged);
        }
        await store.close();
        expect(namesIn(path)).toEqual(all);
        expect([...told].sort()).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a lock that another process holds", () => {
  test("is waited for, while reads go on", async () => {
    const path = freshPath();
    await using store = sqliteStore(path);
    await insert(store, newOperation("operations/a"));
    const other = connect(path);
    other.exec("BEGIN IMMEDIATE");
    let settled = false;
    const inserted = insert(store, newOperation("operations/b")).finally(() => {
      settled = true;
    });
    for (let reads = 0; reads < 200; reads++) {
      await new Promise(setImmediate);
      expect(await store.read("operations/a")).toBeDefined();
    }
    expect(settled).toBe(false);
    other.exec("COMMIT");
    expect((await inserted).name).toBe("operations/b");
  });

  test("for too long makes a write fail, UNAVAILABLE, and no later one", async () => {
    const path = freshPath();
    const clock = manualClock();
    const { store, interposed } = interposedStore(path, { clock, lockTimeoutMs: 1_000 });
    let attempts = 0;
    interposed.before = (sql) => {
      attempts += sql === "BEGIN IMMEDIATE" ? 1 : 0;
    };
    const attemptsReach = (count: number) =>
      expect.poll(() => attempts, { timeout: 10_000, interval: 1 }).toBeGreaterThanOrEqual(count);
    const other = connect(path);
    other.exec("BEGIN IMMEDIATE");
    let refusals = 0;
    const inserted = insert(store, newOperation("operations/a")).catch((error: unknown) => {
      refusals++;
      return error;
    });
    await attemptsReach(1);
    clock.advance(999);
    const late = insert(store, newOperation("operations/b"));
    await attemptsReach(attempts + 5);
    expect(refusals).toBe(0);
    clock.advance(1);
    const error = ConnectError.from(await inserted);
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toBe("the database is locked by another process");
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe("DATABASE_LOCKED");
    expect(hasResultCode(error.cause, "SQLITE_BUSY")).toBe(true);
    other.exec("COMMIT");
    expect((await late).name).toBe("operations/b");
    expect(await store.read("operations/a")).toBeUndefined();
  });

  test("that is met by COMMIT alone is waited for just the same", async () => {
    const path = freshPath();
    const { store, interposed } = interposedStore(path);
    const told = toldOf(store);
    let refusals = 3;
    interposed.before = (sql) => {
      if (sql === "COMMIT" && refusals-- > 0) {
        throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
      }
    };
    const { acknowledged } = await insertAll(store, names(10));
    expect(acknowledged).toEqual(names(10));
    expect([...told].sort()).toEqual(names(10));
    expect(refusals).toBe(-1);
  });

  test("is waited for by close, too", async () => {
    const path = freshPath();
    const store = sqliteStore(path);
    const other = connect(path);
    other.exec("BEGIN IMMEDIATE");
    const inserted = insert(store, newOperation("operations/a"));
    const closed = store.close();
    await new Promise(setImmediate);
    await expect(insert(store, newOperation("operations/b"))).rejects.toThrow(
      "The store is closed",
    );
    other.exec("COMMIT");
    await closed;
    expect((await inserted).name).toBe("operations/a");
    expect(namesIn(path)).toEqual(["operations/a"]);
  });
});
