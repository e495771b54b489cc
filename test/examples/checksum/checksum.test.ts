// SPDX-License-Identifier: Apache-2.0

import { chmod, mkdir, symlink, truncate } from "node:fs/promises";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChecksumTreeMetadata } from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { bytePath } from "../../../examples/checksum/tree/byte-path.ts";
import { asNobody, nobody } from "./as-nobody.ts";
import { attempt } from "./attempt.ts";
import { openFiles } from "./open-files.ts";
import { pipelineForAnyName, shellDigest } from "./shell-digest.ts";
import { temporaryTree } from "./temporary-tree.ts";

const awkward: Readonly<Record<string, string>> = {
  "a/b": "in a directory",
  "a.txt": "before that",
  "a-b": "even before",
  a0: "behind it",
  "with space/and  two": "x",
  "quo'te\"s/`$HOME`": "x",
  "tab\tand\u0007bell": "x",
  "*?[a]{b}~": "x",
  "Größe/日本語/🦆": "x",
  "nfd-e\u0301": "x",
  "nfc-\u00e9": "x",
  "in/-rf": "x",
  "in/--help": "x",
  ".hidden/.file": "x",
  "...": "x",
  "empty-file": "",
  big: "0123456789".repeat(100_000),
  [`${"deep/".repeat(100)}file`]: "x",
  ["n".repeat(255)]: "x",
};

describe("checksumTree", () => {
  test("gives the digest that the shell gives", async () => {
    await using tree = await temporaryTree(awkward);
    await mkdir(tree.path("empty-directory/within"), { recursive: true });
    await symlink("a.txt", tree.path("link"));
    await symlink("..", tree.path("a/loop"));
    await symlink("nowhere", tree.path("dangling"));
    await tree.writeBytes(bytePath(Uint8Array.of(0x66, 0xff, 0x2f, 0x80, 0x0b)));
    expect(await attempt(tree.root)).toMatchObject({
      treeDigest: await shellDigest(tree.root),
      files: BigInt(Object.keys(awkward).length + 1),
      bytes: BigInt(Object.values(awkward).join("").length),
      skipped: 0n,
    });
  });

  test("escapes what would break a line, as sha256sum does", async () => {
    await using tree = await temporaryTree({ "a\nb": "", "c\\d": "", "e\rf": "", "-x": "", z: "" });
    const command = pipelineForAnyName;
    expect((await attempt(tree.root)).treeDigest).toBe(await shellDigest(tree.root, { command }));
  });

  test("gives the digest of nothing for an empty tree", async () => {
    await using tree = await temporaryTree();
    expect(await attempt(tree.root)).toMatchObject({
      treeDigest: await shellDigest(tree.root),
      files: 0n,
      bytes: 0n,
    });
  });

  test("reports how far it has come, file by file", async () => {
    await using tree = await temporaryTree({ a: "aa", "b/c": "ccc", d: "d" });
    const reports: ChecksumTreeMetadata[] = [];
    await attempt(tree.root, { onReport: (metadata) => reports.push(metadata) });
    expect(reports).toMatchObject([
      { filesDone: 1n, filesTotal: 3n, bytesTotal: 6n, currentPath: "a", attempt: 1 },
      { filesDone: 2n, filesTotal: 3n, bytesTotal: 6n, currentPath: "b/c", attempt: 1 },
      {
        filesDone: 3n,
        filesTotal: 3n,
        bytesTotal: 6n,
        bytesDone: 6n,
        currentPath: "d",
        attempt: 1,
      },
    ]);
  });

  test("reports while it counts, and within a huge file", async () => {
    await using tree = await temporaryTree(
      Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`z/${index}`, ""])),
    );
    await tree.write({ huge: "" });
    await truncate(tree.path("huge"), 40 * 1024 * 1024);
    const reports: ChecksumTreeMetadata[] = [];
    await attempt(tree.root, { onReport: (metadata) => reports.push(metadata) });
    expect(reports[0]).toMatchObject({ filesTotal: 500n, filesDone: 0n });
    expect(reports[0]?.checkpoint).toBeUndefined();
    const within = reports.filter(({ filesDone, bytesDone }) => filesDone === 0n && bytesDone > 0n);
    expect(within.map(({ bytesDone }) => bytesDone / 2n ** 20n)).toEqual([16n, 32n]);
  });

  test("counts what it has to skip, and says why of the first ten", async () => {
    await using tree = await temporaryTree({ "a/file": "x", "file-1": "x", "file-2": "x" });
    await chmod(tree.root, 0o755);
    await chmod(tree.path("file-1"), 0o000);
    for (let index = 10; index < 22; index++) {
      await mkdir(tree.path(`locked-${index}`), { mode: nobody === undefined ? 0o000 : 0o700 });
    }
    const reports: ChecksumTreeMetadata[] = [];
    const onReport = (metadata: ChecksumTreeMetadata) => reports.push(metadata);
    const response = await asNobody(() => attempt(tree.root, { onReport }));
    const uid = nobody === undefined ? {} : { uid: nobody };
    expect(response).toMatchObject({
      treeDigest: await shellDigest(tree.root, uid),
      files: 2n,
      bytes: 2n,
      skipped: 13n,
    });
    const last = reports.at(-1);
    expect(last).toMatchObject({ skipped: 13n, filesDone: 2n, currentPath: "locked-21/" });
    expect(last?.warnings.map(({ code, message }) => [code, message])).toEqual([
      [Code.PermissionDenied, "file-1: it may not be read"],
      ...Array.from({ length: 9 }, (_, index) => [
        Code.PermissionDenied,
        `locked-${index + 10}/: it may not be read`,
      ]),
    ]);
  });

  test("gives the same digest when it goes on after any file, and reads none twice", async () => {
    await using tree = await temporaryTree(awkward);
    const whole = await attempt(tree.root);
    const count = Number(whole.files);
    const stops = fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(stops, async (files) => {
        let stored: ChecksumTreeMetadata | undefined;
        for (const stop of files.sort((a, b) => a - b)) {
          stored = await attemptUntil(tree.root, { filesDone: BigInt(stop), metadata: stored });
        }
        const reports: ChecksumTreeMetadata[] = [];
        const onReport = (metadata: ChecksumTreeMetadata) => reports.push(metadata);
        expect(await attempt(tree.root, { metadata: stored, onReport })).toEqual(whole);
        expect(reports[0]?.filesDone).toBe((stored?.filesDone ?? 0n) + 1n);
        // It counts every byte that it reads: none was read twice, and none left out.
        expect(reports.at(-1)?.bytesDone).toBe(whole.bytes);
      }),
      { numRuns: 25 },
    );
  });

  test("goes on from another operation, if that was on the same directory", async () => {
    await using tree = await temporaryTree(awkward);
    const whole = await attempt(tree.root);
    const resumeFrom = await attemptUntil(tree.root, { filesDone: 5n, metadata: undefined });
    const reports: ChecksumTreeMetadata[] = [];
    const onReport = (metadata: ChecksumTreeMetadata) => reports.push(metadata);
    expect(await attempt(tree.root, { resumeFrom, onReport })).toEqual(whole);
    expect(reports[0]).toMatchObject({ root: tree.root, filesDone: 6n, attempt: 1 });

    const below = tree.path("in");
    expect(await attempt(below, { resumeFrom })).toEqual(await attempt(below));
  });

  test("begins again if the state it was left with cannot be used", async () => {
    await using tree = await temporaryTree(awkward);
    const stored = await attemptUntil(tree.root, { filesDone: 3n, metadata: undefined });
    if (stored.checkpoint === undefined) {
      throw new Error("Expected a checkpoint");
    }
    stored.checkpoint.digestState = Uint8Array.of(1, 2, 3);
    const whole = await attempt(tree.root);
    expect(await attempt(tree.root, { metadata: stored })).toEqual(whole);
    delete stored.checkpoint;
    expect(await attempt(tree.root, { metadata: stored })).toEqual(whole);
  });

  test("stops in the middle of a huge file, and leaves nothing open", async () => {
    await using tree = await temporaryTree({ a: "a", huge: "" });
    await truncate(tree.path("huge"), 1024 ** 4);
    const controller = new AbortController();
    const onReport = () => controller.abort(new Error("enough"));
    const stopped = attempt(tree.root, { signal: controller.signal, onReport });
    await expect(stopped).rejects.toThrow("enough");
    expect(await openFiles(tree.root)).toEqual([]);
  });

  test("refuses a root that is not served", async () => {
    await using tree = await temporaryTree({ "served/file": "" });
    const refused = attempt(tree.root, { served: tree.path("served") });
    await expect(refused).rejects.toMatchObject({ code: Code.PermissionDenied });
  });
});

/** Runs the handler until it has reported so many files; what it has reported last. */
async function attemptUntil(
  root: string,
  options: { readonly filesDone: bigint; readonly metadata: ChecksumTreeMetadata | undefined },
): Promise<ChecksumTreeMetadata> {
  const controller = new AbortController();
  let stored = options.metadata;
  const interrupted = attempt(root, {
    metadata: options.metadata,
    signal: controller.signal,
    onReport(metadata) {
      stored = metadata;
      if (metadata.filesDone === options.filesDone) {
        controller.abort(new Error("interrupted"));
      }
    },
  });
  await expect(interrupted).rejects.toThrow("interrupted");
  if (stored === undefined) {
    throw new Error("Expected a report");
  }
  return stored;
}
