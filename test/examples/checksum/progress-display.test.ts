// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadata_CheckpointSchema,
  ChecksumTreeMetadataSchema,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import {
  progressBar,
  progressDisplay,
  progressText,
} from "../../../examples/checksum/terminal/progress-display.ts";

function metadata(init: MessageInitShape<typeof ChecksumTreeMetadataSchema>): ChecksumTreeMetadata {
  const checkpoint = create(ChecksumTreeMetadata_CheckpointSchema);
  return create(ChecksumTreeMetadataSchema, { checkpoint, ...init });
}

const half = metadata({
  filesDone: 1_234n,
  filesTotal: 5_000n,
  bytesDone: 1_500_000n,
  bytesTotal: 3_000_000n,
  currentPath: "some/where/file",
});

describe("progressText", () => {
  test.each([
    [
      { checkpoint: undefined, filesTotal: 12_500n, bytesTotal: 999n },
      "counting: 12,500 files, 999 B",
    ],
    [half, "50% 1,234 of 5,000 files, 1.5 MB of 3.0 MB"],
    [{ ...half, skipped: 2n }, "50% 1,234 of 5,000 files, 1.5 MB of 3.0 MB, 2 skipped"],
    [{ ...half, bytesDone: 4_000_000n }, "100% 1,234 of 5,000 files, 4.0 MB of 3.0 MB"],
    [{ filesDone: 1n, filesTotal: 4n }, "25% 1 of 4 files, 0 B of 0 B"],
    [{}, "0% 0 of 0 files, 0 B of 0 B"],
    [{ bytesDone: 999_600n, bytesTotal: 10n ** 16n }, "0% 0 of 0 files, 1.0 MB of 10.0 PB"],
  ])("%#", (init, text) => {
    expect(progressText(metadata(init))).toBe(text);
  });
});

describe("progressBar", () => {
  test("draws what there is room for", () => {
    const text = "50% 1,234 of 5,000 files, 1.5 MB of 3.0 MB";
    const bar = `[${"=".repeat(15)}${" ".repeat(15)}]`;
    expect(progressBar(half, 100)).toBe(`${bar} ${text} some/where/file`);
    expect(progressBar(half, 80)).toBe(`${bar} ${text} file`);
    expect(progressBar(half, 60)).toBe(`[${"=".repeat(8)}${" ".repeat(7)}] ${text}`);
    expect(progressBar(half, 45)).toBe(`${text} le`);
    expect(progressBar(half, 10)).toBe(text.slice(0, 10));
  });

  test("is never wider than it may be, and moves no cursor, for any path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(200), (currentPath, columns) => {
        const bar = progressBar({ ...half, currentPath }, columns);
        expect(bar.length).toBeLessThanOrEqual(Math.max(columns, 0));
        expect(bar).not.toMatch(/\p{Cc}/u);
      }),
    );
    expect(progressBar({ ...half, currentPath: "a\u001b[2Jb\r" }, 100)).toMatch(/ a\?\[2Jb\?$/);
  });
});

describe("progressDisplay", () => {
  test("draws one line over and over on a terminal", () => {
    const written: string[] = [];
    const display = progressDisplay({
      isTTY: true,
      columns: 61,
      write: (text) => written.push(text),
    });
    const bar = progressBar(half, 60);
    display.show(half);
    display.note("by the way");
    display.end();
    display.note("the end");
    const clear = "\r\u001b[K";
    expect(written).toEqual([
      clear + bar,
      `${clear}by the way\n${bar}`,
      clear,
      `${clear}the end\n`,
    ]);
  });

  test("writes a line now and then elsewhere", () => {
    const written: string[] = [];
    let now = 0;
    const display = progressDisplay({ write: (text) => written.push(text) }, () => now);
    for (; now <= 11_000; now += 1_000) {
      display.show(half);
    }
    display.note("by the \u001bway");
    display.end();
    expect(written).toEqual([...Array(3).fill(`${progressText(half)}\n`), "by the ?way\n"]);
  });
});
