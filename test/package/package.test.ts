// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let project: string;
let packed: string;

/** A project like a user's, with the packed package in its node_modules. */
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "longrunning-user-"));
  cpSync(join(import.meta.dirname, "project"), project, { recursive: true });
  cpSync(join(root, "examples/checksum/proto"), join(project, "proto"), { recursive: true });
  const { stdout } = await run(root, "npm", [
    ...["pack", "--ignore-scripts", "--json", "--pack-destination", project],
  ]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run(project, "tar", ["-xzf", filename]);
  mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
  const installed = (path: string) =>
    readdirSync(join(root, path))
      .filter((name) => name !== ".bin")
      .forEach((name) => {
        symlinkSync(join(root, path, name), join(project, path, name));
      });
  installed("node_modules");
  installed("node_modules/.bin");
  packed = join(project, "node_modules/longrunning");
  cpSync(join(project, "package"), packed, { recursive: true });
  const plugin = join(packed, "dist/src/codegen/protoc-gen-longrunning.js");
  chmodSync(plugin, 0o755);
  symlinkSync(plugin, join(project, "node_modules/.bin/protoc-gen-longrunning"));
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(cwd: string, program: string, args: readonly string[]) {
  return promisify(execFile)(program, args, { cwd });
}

describe("the packed package", () => {
  test("holds the compiled sources, the contract, and nothing of the workshop", () => {
    expect(readdirSync(packed).sort()).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "proto"].sort(),
    );
    expect(readdirSync(join(packed, "dist")).sort()).toEqual(["gen", "src"]);
  });

  test("has every subpath that it exports", () => {
    const { exports } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8")) as {
      exports: Record<string, string | { types: string; default: string }>;
    };
    for (const target of Object.values(exports)) {
      for (const path of typeof target === "string" ? [target] : Object.values(target)) {
        const sample = path.replace("*", "longrunning/operations_pb");
        expect(existsSync(join(packed, sample)), sample).toBe(true);
      }
    }
  });

  test("lets a new user lint, generate, compile and run, as the README says", async () => {
    const bin = (name: string) => join(project, "node_modules/.bin", name);
    await run(project, bin("buf"), ["lint"]);
    await run(project, bin("buf"), ["generate"]);
    await run(project, bin("tsc"), []);
    await run(project, bin("tsc"), ["--noEmit", "false", "--outDir", "out"]);
    const { stdout } = await run(project, process.execPath, ["out/src/server.js"]);
    expect(stdout).toBe("x\n");
  }, 60_000);
});
