// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { FilterableOperation } from "../../src/filter/index.ts";
import { Copy, matchesText, operationOf, pack, Reindex, Unserved } from "./library.ts";

const second = 1_000_000;
const noon = Date.UTC(2026, 0, 31, 12) * 1000;

/** The operations that the tables of filters are about. */
const operations: Readonly<Record<string, FilterableOperation>> = {
  running: operationOf({
    name: "operations/running",
    createTimeUs: noon,
    metadata: pack(Reindex, {
      files_done: 7,
      bytes: "9223372036854775807",
      total: "18446744073709551615",
      ratio: 0.5,
      speed: 0.1,
      dry_run: true,
      current_path: 'C:\\books*\\"Émile".txt',
      digest: "3q2+7w==",
      state: "RUNNING",
      create_time: "2026-01-31T12:00:00.123456789Z",
      elapsed: "90.5s",
      progress: {
        stage: "scan",
        percent: 40,
        inner: { stage: "deep", tags: ["inner"] },
        counts: { ok: 3, zero: 0 },
        state: "PAUSED",
      },
      tags: ["red", "green", "deep blue"],
      sizes: [1, 2, 3],
      stages: [
        { stage: "one", percent: 100, tags: ["x"], counts: { a: 1 } },
        { stage: "two", percent: 0, inner: { stage: "in" } },
      ],
      history: ["RUNNING", "PAUSED"],
      labels: { env: "prod", "a.b": "dotted", "": "none", empty: "" },
      parts: { left: { stage: "scan", percent: 1 }, right: {} },
      shards: { "7": "seven", "-1": "minus" },
      flags: { true: "5" },
      limit: 0,
      note: "careful",
      forced: false,
      details: {
        who: "ann",
        n: 4,
        yes: true,
        nothing: null,
        deep: { er: { still: "here" } },
        list: [1, "two", { three: 3 }, [4]],
        none: [],
      },
      extra: "42",
      items: ["a", 1, null],
      cause: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" },
      retries: 0,
      file: "",
      beats: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
      count: 4294967295,
      serial: "-9223372036854775808",
      mask: "filesDone,tags",
      longs: ["1", "-9223372036854775808"],
      marks: { start: "2026-01-01T00:00:00Z" },
      documents: [{ k: 1 }, { k: "v", deep: { x: true } }],
      serials: { "9223372036854775807": true },
      offset: "-5",
    }),
  }),
  failed: operationOf({
    name: "operations/failed",
    method: "lib.v1.Library/Copy",
    done: true,
    createTimeUs: noon + second,
    endTimeUs: noon + 2 * second + 1,
    error: { code: 5, message: "Disk quota ΑΣΑ exceeded" },
    metadata: pack(Copy, {
      files_done: "all",
      bucket: "b\u{1F600}",
      progress: { stage: "copy" },
      state: true,
      labels: ["env"],
    }),
  }),
  bare: operationOf({ name: "operations/bare", createTimeUs: -1 }),
  foreign: operationOf({
    name: "operations/foreign",
    createTimeUs: noon + 1,
    metadata: pack(Unserved, { bucket: "hidden" }),
  }),
  broken: operationOf({
    name: "operations/broken",
    metadata: {
      typeUrl: "type.googleapis.com/lib.v1.ReindexMetadata",
      value: Uint8Array.of(10, 200),
    },
  }),
  zero: operationOf({
    name: "projects/p/operations/zero",
    done: true,
    endTimeUs: 0,
    metadata: { typeUrl: "example.com/any/lib.v1.ReindexMetadata", value: new Uint8Array() },
  }),
};
/** The names of all of them. */
export const all = "running failed bare foreign broken zero";

/** Filters, and the operations that match them. */
export function holds(
  title: string,
  cases: readonly (readonly [filter: string, matching: string])[],
): void {
  describe(title, () => {
    test.each(cases)("%s", (filter, matching) => {
      const matched = Object.entries(operations).filter(([, one]) => matchesText(filter, one));
      expect(matched.map(([name]) => name).join(" ")).toBe(matching);
    });
  });
}
