// SPDX-License-Identifier: Apache-2.0

import { stat, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../../examples/checksum/environment.ts";
import { temporaryTree } from "./temporary-tree.ts";

describe("readEnvironment", () => {
  test("has a default for everything", async () => {
    await using home = await temporaryTree();
    const environment = await readEnvironment({ XDG_STATE_HOME: home.root });
    expect(environment).toMatchObject({ port: 8080, host: "127.0.0.1", leaseMs: 5_000 });
    expect(environment.root).toBe(process.cwd());
    expect(environment.warning).toBeUndefined();
    expect(environment.origin).toBeUndefined();
    expect((await stat(dirname(environment.database))).mode & 0o777).toBe(0o700);
  });

  test("keeps a database for each root, and the same one each time", async () => {
    await using tree = await temporaryTree({ "a/file": "", "b/file": "", "state/file": "" });
    const XDG_STATE_HOME = tree.path("state");
    const databaseOf = async (root: string) =>
      (await readEnvironment({ XDG_STATE_HOME, CHECKSUM_ROOT: tree.path(root) })).database;
    expect(await databaseOf("a")).toMatch(
      /\/state\/longrunning-checksum\/a-[0-9a-f]{8}\/operations\.db$/,
    );
    expect(await databaseOf("a")).toBe(await databaseOf("b/../a"));
    expect(await databaseOf("b")).not.toBe(await databaseOf("a"));
  });

  test("warns of a database inside the tree, links or not", async () => {
    await using tree = await temporaryTree({ "state/file": "", "served/file": "" });
    await symlink("served", tree.path("link"));
    const served = { CHECKSUM_ROOT: tree.path("served") };
    const warningOf = async (path: string) =>
      (await readEnvironment({ ...served, OPERATIONS_DB: tree.path(path) })).warning;
    expect(await warningOf("state/o.db")).toBeUndefined();
    expect(await warningOf("served-not/o.db")).toBeUndefined();
    expect(await warningOf("served/new/o.db")).toMatch("is inside the tree that is served");
    expect(await warningOf("link/o.db")).toMatch("is inside the tree that is served");
  });

  test.each([
    [{ PORT: "abc" }, 'PORT must be a whole number from 0 to 65535, got "abc"'],
    [{ PORT: "65536" }, 'PORT must be a whole number from 0 to 65535, got "65536"'],
    [{ PORT: "80.5" }, 'PORT must be a whole number from 0 to 65535, got "80.5"'],
    [{ PORT: "-1" }, 'PORT must be a whole number from 0 to 65535, got "-1"'],
    [{ CORS_ORIGIN: "app.example" }, "CORS_ORIGIN must be an origin, such as https://app.example"],
    [{ CORS_ORIGIN: "https://app.example/" }, 'got "https://app.example/"'],
    [{ CORS_ORIGIN: "*" }, 'got "*"'],
    [{ LEASE_MS: "1" }, 'LEASE_MS must be a whole number from 100 to 3600000, got "1"'],
    [
      { CHECKSUM_ROOT: "/nowhere" },
      'CHECKSUM_ROOT must be a directory that can be read, got "/nowhere"',
    ],
    [{ CHECKSUM_ROOT: "/etc/passwd" }, "CHECKSUM_ROOT must be a directory"],
    [{ OPERATIONS_DB: "/dev/null/o.db" }, 'OPERATIONS_DB needs the directory "/dev/null"'],
  ])("refuses %j", async (variables, message) => {
    await expect(readEnvironment(variables)).rejects.toThrow(message);
  });
});
