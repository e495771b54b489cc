// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import { describe, expect, test } from "vitest";
import { type SqliteDatabase, sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { openFile } from "../../../src/stores/sqlite/opening.ts";
import { hasResultCode } from "../../../src/stores/sqlite/result-code.ts";
import { connect, freshPath, namesIn } from "./files.ts";
import { interpose } from "./interposed.ts";
import { insert, names, newOperation } from "./operations.ts";

/** A file that a store has made, all of it in the one file. */
async function storedFile(): Promise<string> {
  const path = freshPath();
  const store = sqliteStore(path);
  await Promise.all(names(200).map((name) => insert(store, newOperation(name))));
  await store.close();
  connect(path).exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return path;
}

function overwrite(path: string, offset: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xff), 0, length, offset);
}

describe("a path that cannot hold operations is refused by name, with what to do about it", () => {
  const cases: Readonly<
    Record<string, { readonly path: () => string | Promise<string>; readonly says: RegExp }>
  > = {
    "in a directory that does not exist": {
      path: () => freshPath("no/such/operations.db"),
      says: /its directory does not exist\. Create it: mkdir -p ".*\/no\/such"/,
    },
    "a directory": {
      path: () => dirname(freshPath()),
      says: /it is a directory\. Name a file in it: ".*\/operations\.db"/,
    },
    "a file that is no database": {
      path: () => {
        const path = freshPath();
        writeFileSync(path, "All happy families are alike. ".repeat(200));
        return path;
      },
      says: /it is not an SQLite database\. Name another file, or move this one away/,
    },
    "a damaged database": {
      path: async () => {
        const path = await storedFile();
        overwrite(path, 100, 3_900);
        return path;
      },
      says: /it is damaged\. Restore it from a backup/,
    },
    "the database of another application, by its id": {
      path: () => {
        const path = freshPath();
        connect(path).exec("PRAGMA application_id = 1234");
        return path;
      },
      says: /it is the database of another application\. Give the operations a file of their own/,
    },
    "the database of another application, by its tables": {
      path: () => {
        const path = freshPath();
        connect(path).exec("CREATE TABLE customer (id INTEGER PRIMARY KEY)");
        return path;
      },
      says: /it is the database of another application/,
    },
    "the database of a newer version": {
      path: async () => {
        const path = await storedFile();
        connect(path).exec("PRAGMA user_version = 1000");
        return path;
      },
      says: /a newer version of longrunning wrote it \(its schema is 1000.*\)\. Update longrunning/,
    },
    "a database whose table is gone": {
      path: async () => {
        const path = await storedFile();
        connect(path).exec("DROP TABLE operation");
        return path;
      },
      says: /a part of it is missing \(no such table: .*operation\)\. Restore it from a backup/,
    },
  };

  for (const [name, { path, says }] of Object.entries(cases)) {
    test(name, async () => {
      const file = await path();
      const before =
        existsSync(file) && !name.includes("directory") ? readFileSync(file) : undefined;
      expect(() => sqliteStore(file)).toThrow(says);
      expect(() => sqliteStore(file)).toThrow(`Cannot keep operations in "${file}": `);
      if (before !== undefined) {
        expect(readFileSync(file).equals(before)).toBe(true);
      }
    });
  }

  test("a file, or a directory, that this process may not write to", async () => {
    const path = await storedFile();
    const program = join(import.meta.dirname, "../../../dist/test/programs/store-open.js");
    const open = () => {
      // Nothing is forbidden to root.
      const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
      const { stdout } = spawnSync(process.execPath, [program, path, "operations/x"], {
        ...user,
        encoding: "utf8",
      });
      return JSON.parse(stdout) as { readonly error?: string };
    };
    const says = /may not write to it\. Give its user the right to write/;
    chmodSync(dirname(path), 0o777);
    chmodSync(path, 0o444);
    expect(open().error).toMatch(says);
    expect(open().error).toContain(path);
    chmodSync(path, 0o666);
    chmodSync(dirname(path), 0o555);
    expect(open().error).toMatch(says);
    expect(namesIn(path)).toEqual(names(200));
  });
});

test("a database that is damaged further in tells so, and goes on elsewhere", async () => {
  const path = await storedFile();
  const [page] = connect(path)
    .prepare("SELECT max(pageno) AS number FROM dbstat WHERE name = 'operation' AND pagetype = ?")
    .all("leaf") as { number: number }[];
  overwrite(path, ((page?.number ?? 0) - 1) * 4096, 4096);
  await using store = sqliteStore(path);
  const outcomes = await Promise.allSettled(names(200).map((name) => store.read(name)));
  const failed = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(200);
  for (const { reason } of failed) {
    expect(hasResultCode(reason, "SQLITE_CORRUPT")).toBe(true);
  }
});

test("a given database that cannot be written is refused", () => {
  const database = connect(freshPath());
  database.exec("PRAGMA query_only = ON");
  expect(() => sqliteStore(database)).toThrow(
    "Cannot keep operations in the given database: it cannot be written",
  );
});

test("a given database is taken by one store at a time, and stays open", async () => {
  const database = connect(freshPath());
  const store = sqliteStore(database);
  expect(() => sqliteStore(database)).toThrow("Another sqliteStore uses this database object");
  await store.close();
  await sqliteStore(database).close();
  expect(database.prepare("SELECT count(*) AS count FROM operation").get()).toMatchObject({
    count: 0,
  });
});

test("a given database is set up to be durable, and never to block", () => {
  const database = connect(freshPath());
  database.exec("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
  sqliteStore(database);
  const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get();
  expect(pragma("journal_mode")).toMatchObject({ journal_mode: "wal" });
  expect(pragma("synchronous")).toMatchObject({ synchronous: 2 });
  expect(pragma("busy_timeout")).toMatchObject({ timeout: 0 });
});

test("a file that another process sets up at the same moment is found set up", async () => {
  const path = freshPath();
  let others = 1;
  const database = interpose(connect(path), {
    before(sql) {
      if (sql === "BEGIN IMMEDIATE" && others-- > 0) {
        sqliteStore(connect(path));
      }
    },
  });
  const store = sqliteStore(database);
  await insert(store, newOperation("operations/a"));
  expect(others).toBe(-1);
  expect(namesIn(path)).toEqual(["operations/a"]);
});

test("a relative path is of the working directory at the time of opening", async () => {
  const directory = join(dirname(freshPath()), "work");
  mkdirSync(directory);
  const before = process.cwd();
  process.chdir(directory);
  try {
    await sqliteStore("operations.db").close();
  } finally {
    process.chdir(before);
  }
  expect(existsSync(join(directory, "operations.db"))).toBe(true);
});

test("an option that is out of range is refused by name", () => {
  expect(() => sqliteStore(":memory:", { lockTimeoutMs: -1 })).toThrow("`lockTimeoutMs`");
});

describe("the driver", () => {
  const missing = () => {
    throw new Error("Cannot find module 'libsql'");
  };
  const Libsql = Database as new (path: string) => SqliteDatabase;

  test("is node:sqlite where Node has it", () => {
    const builtin = (name: string) =>
      name === "node:sqlite" ? { DatabaseSync: Libsql } : undefined;
    expect(openFile(":memory:", { builtin, require: missing }).database).toBeInstanceOf(Libsql);
  });

  test("is libsql where Node has none", () => {
    const require = (name: string) => (name === "libsql" ? Libsql : undefined);
    expect(openFile(":memory:", { builtin: () => undefined, require }).database).toBeInstanceOf(
      Libsql,
    );
  });

  test("is asked for, with the command that installs it, where there is none", () => {
    const drivers = { builtin: () => undefined, require: missing };
    expect(() => openFile(":memory:", drivers)).toThrow(/npm install libsql/);
  });
});
