// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, rm, symlink, truncate } from "node:fs/promises";
import { promisify } from "node:util";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { bytePath } from "../../../examples/checksum/tree/byte-path.ts";
import { type DigestedEntry, digestEntries } from "../../../examples/checksum/tree/digest-files.ts";
import { walkTree } from "../../../examples/checksum/tree/walk.ts";
import { asNobody } from "./as-nobody.ts";
import { openFiles } from "./open-files.ts";
import { temporaryTree } from "./temporary-tree.ts";

interface Digesting {
  readonly signal?: AbortSignal;
  readonly onRead?: (bytes: number) => void;
}

function digest(root: string, options: Digesting = {}): AsyncGenerator<DigestedEntry> {
  const { signal = new AbortController().signal, onRead = () => {} } = options;
  const path = bytePath(root);
  return digestEntries(path, walkTree(path, { signal }), { signal, onRead });
}

async function digestAll(root: string, options?: Digesting): Promise<DigestedEntry[]> {
  const entries: DigestedEntry[] = [];
  for await (const entry of digest(root, options)) {
    entries.push(entry);
  }
  return entries;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

describe("digestEntries", () => {
  test("digests files of all sizes, and tells of every byte", async () => {
    const sizes = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3_000_000];
    const contents = sizes.map((size, index) => new Uint8Array(size).fill(index));
    await using tree = await temporaryTree(
      Object.fromEntries(contents.map((content, index) => [`file-${index}`, content])),
    );
    let read = 0;
    const entries = await digestAll(tree.root, { onRead: (bytes) => (read += bytes) });
    expect(entries).toEqual(
      contents.map((content, index) => ({
        kind: "digested",
        path: `file-${index}`,
        digest: sha256(content),
        bytes: content.length,
      })),
    );
    expect(read).toBe(sizes.reduce((sum, size) => sum + size));
    expect(await openFiles(tree.root)).toEqual([]);
  });

  test.each([
    ["vanishes", Code.NotFound, async () => {}],
    ["becomes a link", Code.FailedPrecondition, (path: string) => symlink("/etc/passwd", path)],
    ["becomes a directory", Code.FailedPrecondition, (path: string) => mkdir(path)],
    [
      "becomes a pipe that nobody writes to",
      Code.FailedPrecondition,
      (path: string) => promisify(execFile)("mkfifo", [path]),
    ],
  ] as const)("skips a file that %s after its directory was read", async (_, code, become) => {
    await using tree = await temporaryTree({ a: "a", b: "b", c: "c" });
    const { signal } = new AbortController();
    const root = bytePath(tree.root);
    const walking = walkTree(root, { signal });
    await walking.next();
    await rm(tree.path("b"));
    await become(tree.path("b"));
    const entries: DigestedEntry[] = [];
    for await (const entry of digestEntries(root, walking, { signal, onRead: () => {} })) {
      entries.push(entry);
    }
    expect(entries).toMatchObject([
      { kind: "skipped", path: "b", reason: { code } },
      { kind: "digested", path: "c", digest: sha256("c") },
    ]);
    expect(await openFiles(tree.root)).toEqual([]);
  });

  test("skips a file that may not be read", async () => {
    await using tree = await temporaryTree({ a: "a", b: "b" });
    await chmod(tree.root, 0o755);
    await chmod(tree.path("a"), 0o000);
    await asNobody(async () => {
      expect(await digestAll(tree.root)).toMatchObject([
        { kind: "skipped", path: "a", reason: { code: Code.PermissionDenied } },
        { kind: "digested", path: "b" },
      ]);
    });
  });

  test("skips what the file system fails to read", async () => {
    // Reading the memory of a process from its address 0 is an input/output error.
    const { signal } = new AbortController();
    async function* memory(): AsyncGenerator<{ kind: "file"; path: string }, void> {
      yield { kind: "file", path: "mem" };
    }
    const entries = digestEntries("/proc/self", memory(), { signal, onRead: () => {} });
    expect(await entries.next()).toMatchObject({
      value: { kind: "skipped", reason: { message: "reading it failed with EIO" } },
    });
    await entries.return(undefined);
  });

  test("stops in the middle of huge files when the signal aborts, and leaves none open", async () => {
    await using tree = await temporaryTree({ a: "", b: "", c: "" });
    for (const name of ["a", "b", "c"]) {
      await truncate(tree.path(name), 1024 ** 4);
    }
    const controller = new AbortController();
    let read = 0;
    const onRead = (bytes: number) => {
      read += bytes;
      if (read > 1024 ** 2) {
        controller.abort(new Error("enough"));
      }
    };
    const { signal } = controller;
    await expect(digestAll(tree.root, { signal, onRead })).rejects.toThrow("enough");
    expect(read).toBeLessThan(4 * 1024 ** 2);
    expect(await openFiles(tree.root)).toEqual([]);
  });

  test("leaves no file open when its consumer leaves, or what it tells fails", async () => {
    await using tree = await temporaryTree({ a: "a", b: "", c: "c" });
    await truncate(tree.path("b"), 1024 ** 4);
    for await (const entry of digest(tree.root)) {
      expect(entry.path).toBe("a");
      break;
    }
    expect(await openFiles(tree.root)).toEqual([]);
    const onRead = () => {
      throw new Error("not told");
    };
    await expect(digestAll(tree.root, { onRead })).rejects.toThrow("not told");
    expect(await openFiles(tree.root)).toEqual([]);
  });
});
