// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { chmod, mkdir, rename, rm, symlink } from "node:fs/promises";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BytePath,
  bytePath,
  pathBytes,
  pathText,
} from "../../../examples/checksum/tree/byte-path.ts";
import { type TreeEntry, walkTree } from "../../../examples/checksum/tree/walk.ts";
import { asNobody, nobody } from "./as-nobody.ts";
import { temporaryTree } from "./temporary-tree.ts";

const { signal } = new AbortController();

async function walk(root: string, after?: BytePath): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const options = after === undefined ? { signal } : { signal, after };
  for await (const entry of walkTree(bytePath(root), options)) {
    entries.push(entry);
  }
  return entries;
}

async function paths(root: string, after?: BytePath): Promise<BytePath[]> {
  return (await walk(root, after)).map((entry) => entry.path);
}

// Bytes around the slash, bytes that are not UTF-8, and ordinary letters.
const names = fc
  .array(fc.constantFrom(0x01, 0x20, 0x2d, 0x2e, 0x30, 0x61, 0x62, 0xc3, 0xff), {
    minLength: 1,
    maxLength: 3,
  })
  .map((bytes) => bytePath(Uint8Array.from(bytes)))
  .filter((name) => name !== "." && name !== "..");
const filePaths = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const trees = fc.uniqueArray(filePaths, { maxLength: 12 }).map((all) =>
  // A file cannot be a directory as well.
  all.filter((path) => !all.some((other) => other.startsWith(`${path}/`))),
);

describe("walkTree", () => {
  test("sorts by the bytes of the whole path, for any names", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (files) => {
        await using tree = await temporaryTree();
        for (const file of files) {
          await tree.writeBytes(file);
        }
        const sorted = files.map(pathBytes).sort(Buffer.compare).map(bytePath);
        expect(await paths(tree.root)).toEqual(sorted);
      }),
      { numRuns: 60 },
    );
  });

  test("begins after any path, whether it exists or not", async () => {
    await fc.assert(
      fc.asyncProperty(trees, filePaths, async (files, other) => {
        await using tree = await temporaryTree();
        for (const file of files) {
          await tree.writeBytes(file);
        }
        const all = await paths(tree.root);
        for (const after of [...files, other]) {
          expect(await paths(tree.root, after)).toEqual(all.filter((path) => path > after));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("puts what is in a directory where its slash belongs", async () => {
    await using tree = await temporaryTree({
      "a/b": "",
      "a.txt": "",
      "a-b": "",
      a0: "",
      "a-/x": "",
    });
    expect(await paths(tree.root)).toEqual(["a-/x", "a-b", "a.txt", "a/b", "a0"]);
  });

  test("yields regular files alone, and follows no link", async () => {
    await using tree = await temporaryTree({ "real/file": "x" });
    await mkdir(tree.path("empty"));
    await symlink("real/file", tree.path("link-to-file"));
    await symlink("real", tree.path("link-to-directory"));
    await symlink("..", tree.path("real/loop"));
    await symlink("nowhere", tree.path("dangling"));
    await promisify(execFile)("mkfifo", [tree.path("pipe")]);
    expect(await paths(tree.root)).toEqual(["real/file"]);
  });

  test("keeps names that are not UTF-8 as they are, and shows them as text", async () => {
    const name = bytePath(Uint8Array.of(0x66, 0xff, 0x6f));
    await using tree = await temporaryTree();
    await tree.writeBytes(name);
    expect(await paths(tree.root)).toEqual([name]);
    expect(pathText(name)).toBe("f\uFFFDo");
    expect(pathText(bytePath("Größe 🦆"))).toBe("Größe 🦆");
  });

  test("walks a tree two hundred levels deep", async () => {
    await using tree = await temporaryTree();
    const deep = `${"d/".repeat(200)}file`;
    await tree.write({ [deep]: "x", e: "" });
    expect(await paths(tree.root)).toEqual([deep, "e"]);
  });

  test("a directory whose path is too long for the system is one skipped entry", async () => {
    await using tree = await temporaryTree({ z: "" });
    const long = `${"0".repeat(200)}/`.repeat(15);
    await mkdir(tree.path(`a/${long}`), { recursive: true });
    await mkdir(tree.path(`b/${long}`), { recursive: true });
    await rename(tree.path("b"), tree.path(`a/${long}/b`));
    const [skipped, ...rest] = await walk(tree.root);
    expect(skipped).toMatchObject({ kind: "skipped", reason: { message: "its path is too long" } });
    expect(rest).toEqual([{ kind: "file", path: "z" }]);
  });

  test("a directory that vanishes is one skipped entry", async () => {
    await using tree = await temporaryTree({ "a/1": "", "b/1": "", "c/1": "" });
    const entries: TreeEntry[] = [];
    for await (const entry of walkTree(bytePath(tree.root), { signal })) {
      await rm(tree.path("b"), { recursive: true, force: true });
      entries.push(entry);
    }
    expect(entries).toMatchObject([
      { kind: "file", path: "a/1" },
      { kind: "skipped", path: "b/", reason: { message: "it has vanished" } },
      { kind: "file", path: "c/1" },
    ]);
  });

  test("a directory that may not be read is one skipped entry, and not another one when resumed", async () => {
    await using tree = await temporaryTree({ "a/1": "", "b/1": "", "c/1": "" });
    await chmod(tree.root, 0o755);
    await chmod(tree.path("b"), nobody === undefined ? 0o000 : 0o700);
    await asNobody(async () => {
      expect(await walk(tree.root)).toMatchObject([
        { kind: "file", path: "a/1" },
        { kind: "skipped", path: "b/", reason: { message: "it may not be read" } },
        { kind: "file", path: "c/1" },
      ]);
      expect(await paths(tree.root, "b/")).toEqual(["c/1"]);
    });
    await chmod(tree.path("b"), 0o700);
  });

  test("throws if the root cannot be read", async () => {
    await expect(walk("/nowhere/at/all")).rejects.toThrow("ENOENT");
  });

  test("stops when the signal aborts", async () => {
    await using tree = await temporaryTree({ "a/1": "", "b/1": "" });
    const controller = new AbortController();
    const walking = walkTree(bytePath(tree.root), { signal: controller.signal });
    await walking.next();
    controller.abort(new Error("enough"));
    await expect(walking.next()).rejects.toThrow("enough");
  });
});
