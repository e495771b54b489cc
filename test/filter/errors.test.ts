// SPDX-License-Identifier: Apache-2.0

import { AnySchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { maxFilterDepth } from "../../src/filter/index.ts";
import { Copy, Reindex, refusal } from "./library.ts";
import { refused } from "./refused.ts";

refused("fields", [
  ["nam = x", 1, '"nam" is no field to filter by; did you mean "name"?'],
  [
    "progres = 1",
    1,
    '"progres" is no field to filter by; there are name, method, done, create_time, end_time, error, metadata',
  ],
  [
    "files_done = 1",
    1,
    '"files_done" is no field to filter by; did you mean "metadata.files_done"?',
  ],
  [
    "response = x",
    1,
    '"response" is no field to filter by; there are name, method, done, create_time, end_time, error, metadata',
  ],
  [
    '"error.code" = 5',
    1,
    '"error.code" is no field to filter by; there are name, method, done, create_time, end_time, error, metadata',
  ],
  ["name.x = 1", 6, '"name" has no fields'],
  ["done.x = true", 6, '"done" has no fields'],
  [
    "error = 5",
    7,
    '"error" is a message, which = does not compare; compare "error.code" or "error.message"',
  ],
  ["error.cod = 5", 7, '"error.cod" is no field to filter by; did you mean "error.code"?'],
  ["error.details = 5", 7, '"error.details" is no field to filter by; there are code, message'],
  ["error:details", 7, '"error.details" is no field to filter by; there are code, message'],
  ["error.code.x = 1", 12, '"error.code" has no fields'],
  [
    "metadata = 5",
    10,
    '"metadata" is a message, which = does not compare; compare one of its fields',
  ],
  [
    "metadata.progres = 5",
    10,
    '"metadata.progres" is no field of any metadata served here; did you mean "metadata.progress"?',
  ],
  [
    "metadata.filesDone = 5",
    10,
    '"metadata.filesDone" is no field of any metadata served here; did you mean "metadata.files_done"?',
  ],
  [
    "metadata.progress.percnt = 5",
    19,
    '"metadata.progress.percnt" is no field of any metadata served here; did you mean "metadata.progress.percent"?',
  ],
  [
    "metadata.progress.inner.nowhere = 5",
    25,
    '"metadata.progress.inner.nowhere" is no field of any metadata served here; there are stage, percent, inner, tags, counts, state',
  ],
  [
    "metadata:buckt",
    10,
    '"metadata.buckt" is no field of any metadata served here; did you mean "metadata.bucket"?',
  ],
  [
    "metadata.progress = 5",
    19,
    '"metadata.progress" is a message, which = does not compare; compare one of its fields',
  ],
  [
    "metadata.progress:inne",
    19,
    '"metadata.progress.inne" is no field of any metadata served here; did you mean "metadata.progress.inner"?',
  ],
  [
    "metadata.tags = red",
    15,
    '"metadata.tags" is repeated, which = does not compare; ask for an element with :',
  ],
  [
    "metadata.tags != red",
    15,
    '"metadata.tags" is repeated, which != does not compare; ask for an element with :',
  ],
  ["metadata.tags.x:red", 15, '"metadata.tags" has no fields'],
  [
    "metadata.stages.stage = one",
    17,
    '"metadata.stages" is repeated, so only : leads on through it',
  ],
  [
    "metadata.stages:one",
    17,
    '"metadata.stages.one" is no field of any metadata served here; there are stage, percent, inner, tags, counts, state',
  ],
  [
    "metadata.stages.0.stage = one",
    17,
    '"metadata.stages" is repeated, so only : leads on through it',
  ],
  [
    "metadata.labels = prod",
    17,
    '"metadata.labels" is a map, which = does not compare; compare one of its entries',
  ],
  ["metadata.parts:pr*", 16, 'a key has no wildcards; a literal star is "\\*"'],
  ["metadata.labels.e* = prod", 17, 'a key has no wildcards; a literal star is "\\*"'],
  ["metadata.labels.a.b = c", 19, '"metadata.labels.a" has no fields'],
  [
    "metadata.shards.seven = x",
    17,
    '"seven" is not an integer from -2147483648 to 2147483647 (int32)',
  ],
  ["metadata.shards:x", 17, '"x" is not an integer from -2147483648 to 2147483647 (int32)'],
  ["metadata.flags.1 = 5", 16, '"1" is not a bool: true or false'],
  ["metadata.limit.value = 5", 16, '"metadata.limit" is a wrapper: compare it itself'],
  ["metadata.limit.x = 5", 16, '"metadata.limit" is a wrapper: compare it itself'],
  [
    "metadata.details = x",
    18,
    '"metadata.details" is a struct, which = does not compare; compare one of its entries',
  ],
  ["metadata.details:w*", 18, 'a key has no wildcards; a literal star is "\\*"'],
  ["metadata.details.w* = x", 18, 'a key has no wildcards; a literal star is "\\*"'],
  [
    "metadata.create_time.x = 5",
    22,
    '"metadata.create_time.x" is no field of any metadata served here; there are seconds, nanos',
  ],
  ["metadata.files_done.x = 5", 21, '"metadata.files_done" has no fields'],
  ["metadata.bucket.x = 5", 17, '"metadata.bucket" has no fields'],
  [
    "metadata.nothing_like_it = 5",
    10,
    '"metadata.nothing_like_it" is no field of any metadata served here',
  ],
  ["f(x)", 1, '"f" is called as a function, and there are none'],
  ["a.b(x)", 1, '"a.b" is called as a function, and there are none'],
  ["name = f(x)", 8, '"f" is called as a function, and there are none'],
  ["name = (f(x) OR y)", 9, '"f" is called as a function, and there are none'],
  [
    "name = (a = b)",
    11,
    "a value cannot be a comparison; a text with a comparator in it needs quotes",
  ],
  [
    "create_time = (2026-01-31T12:00:00Z OR x)",
    29,
    "a value cannot be a comparison; a text with a comparator in it needs quotes",
  ],
  [
    "name != (a OR b)",
    6,
    '!= takes a single value, since "not a or not b" is always true; negate a comparison by = or : instead',
  ],
  [
    "metadata.progress.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.percent = 1",
    199,
    "a path has at most 32 parts",
  ],
  ["done = true AND nam = x OR y", 17, '"nam" is no field to filter by; did you mean "name"?'],
]);

refused("values", [
  ["done = yes", 8, '"yes" is not a bool: true or false'],
  ["done = TRUE", 8, '"TRUE" is not a bool: true or false'],
  ["done > true", 6, "bools have no order, so > does not apply; there are =, != and :"],
  ["done = t*", 8, '"t*" is not a bool: true or false; only strings take wildcards'],
  ["error.code = five", 14, '"five" is no value of google.rpc.Code'],
  ["error.code = 5.0", 14, '"5.0" is not an integer from -2147483648 to 2147483647 (int32)'],
  [
    "error.code = 2147483648",
    14,
    '"2147483648" is not an integer from -2147483648 to 2147483647 (int32)',
  ],
  [
    "error.code = NOT_FOUN",
    14,
    '"NOT_FOUN" is no value of google.rpc.Code; did you mean "NOT_FOUND"?',
  ],
  ["error.code > NOT_FOUND", 12, "enums have no order, so > does not apply; there are =, != and :"],
  [
    "error.code = 5*",
    14,
    '"5*" is not an integer from -2147483648 to 2147483647 (int32); only strings take wildcards',
  ],
  ["create_time = yesterday", 15, '"yesterday" is not a timestamp, such as "2026-01-31T12:00:00Z"'],
  [
    "create_time = 2026-01-31",
    15,
    '"2026-01-31" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-02-29T00:00:00Z",
    15,
    '"2026-02-29T00:00:00Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-01-31T24:00:00Z",
    15,
    '"2026-01-31T24:00:00Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-01-31T23:59:60Z",
    15,
    '"2026-01-31T23:59:60Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-01-31T12:00:00",
    15,
    '"2026-01-31T12:00:00" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-01-31T12:00:00.1234567890Z",
    15,
    '"2026-01-31T12:00:00.1234567890Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026-01-31T12:00:00+24:00",
    15,
    '"2026-01-31T12:00:00+24:00" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 0000-01-01T00:00:00Z",
    15,
    '"0000-01-01T00:00:00Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 0001-01-01T00:00:00+00:01",
    15,
    '"0001-01-01T00:00:00+00:01" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = '2026-01-31 12:00:00Z'",
    15,
    '"2026-01-31 12:00:00Z" is not a timestamp, such as "2026-01-31T12:00:00Z"',
  ],
  [
    "create_time = 2026*",
    15,
    '"2026*" is not a timestamp, such as "2026-01-31T12:00:00Z"; only strings take wildcards',
  ],
  [
    "end_time = *",
    12,
    '"*" is not a timestamp, such as "2026-01-31T12:00:00Z"; to ask whether it is set, write :*',
  ],
  ["name > a*", 8, '> takes no wildcards; a literal star is "\\*"'],
  [
    "metadata.progress.percent = 1.5",
    29,
    '"1.5" is not an integer from -2147483648 to 2147483647 (int32)',
  ],
  [
    "metadata.bytes = 9223372036854775808",
    18,
    '"9223372036854775808" is not an integer from -9223372036854775808 to 9223372036854775807 (int64)',
  ],
  [
    "metadata.bytes = -9223372036854775809",
    18,
    '"-9223372036854775809" is not an integer from -9223372036854775808 to 9223372036854775807 (int64)',
  ],
  ["metadata.total = -1", 18, '"-1" is not an integer from 0 to 18446744073709551615 (uint64)'],
  [
    "metadata.count = 4294967296",
    18,
    '"4294967296" is not an integer from 0 to 4294967295 (uint32)',
  ],
  ["metadata.ratio = half", 18, '"half" is not a number (double)'],
  ["metadata.ratio = NaN", 18, '"NaN" is not a number (double)'],
  ["metadata.ratio = 1e400", 18, '"1e400" is not a number (double)'],
  ["metadata.speed = 1e39", 18, '"1e39" is not a number (float)'],
  ["metadata.ratio = 0x10", 18, '"0x10" is not a number (double)'],
  [
    "metadata.dry_run >= true",
    18,
    "bools have no order, so >= does not apply; there are =, != and :",
  ],
  ["metadata.digest = '!'", 19, '"!" is not bytes in base64'],
  ["metadata.digest = abcde", 19, '"abcde" is not bytes in base64'],
  ["metadata.digest > aa", 17, "bytes have no order, so > does not apply; there are =, != and :"],
  [
    "metadata.progress.state = RUNING",
    27,
    '"RUNING" is no value of lib.v1.State; did you mean "RUNNING"?',
  ],
  [
    "metadata.progress.state = running",
    27,
    '"running" is no value of lib.v1.State; did you mean "RUNNING"?',
  ],
  [
    "metadata.progress.state = 1",
    27,
    '"1" is no value of lib.v1.State; there are STATE_UNSPECIFIED, RUNNING, PAUSED',
  ],
  [
    "metadata.progress.state < RUNNING",
    25,
    "enums have no order, so < does not apply; there are =, != and :",
  ],
  ["metadata.history:RUNNIN", 18, '"RUNNIN" is no value of lib.v1.State; did you mean "RUNNING"?'],
  ["metadata.elapsed = 5", 20, '"5" is not a duration in seconds, such as 1.5s'],
  ["metadata.elapsed = 5m", 20, '"5m" is not a duration in seconds, such as 1.5s'],
  [
    "metadata.elapsed = 1.0000000001s",
    20,
    '"1.0000000001s" is not a duration in seconds, such as 1.5s',
  ],
  [
    "metadata.elapsed = 315576000001s",
    20,
    '"315576000001s" is not a duration in seconds, such as 1.5s',
  ],
  ["metadata.limit = x", 18, '"x" is not an integer from -2147483648 to 2147483647 (int32)'],
  ["metadata.sizes:x", 16, '"x" is not an integer from -2147483648 to 2147483647 (int32)'],
  ["metadata.create_time > now", 24, '"now" is not a timestamp, such as "2026-01-31T12:00:00Z"'],
  ["metadata.details.n > 4*", 22, '> takes no wildcards; a literal star is "\\*"'],
  [
    "metadata.bytes = 999999999999999999999999999999999999999999999999999999999999",
    18,
    '"9999999999999999999999999999999999999999…" is not an integer from -9223372036854775808 to 9223372036854775807 (int64)',
  ],
  [
    "metadata.bytes = '‮\n\"'",
    18,
    '"\\u{202e}\\u{a}\\"" is not an integer from -9223372036854775808 to 9223372036854775807 (int64)',
  ],
  ["metadata.sizes:(1 OR x)", 22, '"x" is not an integer from -2147483648 to 2147483647 (int32)'],
]);

describe("what an error says", () => {
  test("is short, whatever the filter holds", () => {
    for (const text of [
      `name = "${"x".repeat(4000)}`,
      "x".repeat(4000),
      `${"x".repeat(4000)} = 1`,
    ]) {
      for (const filter of [text, `(${text}`, `done = ${text}`, `error.${text} = 1`, `f(${text}`]) {
        expect(refusalOrNone(filter)?.message.length ?? 0).toBeLessThan(200);
      }
    }
  });

  test("counts characters, not halves of surrogate pairs", () => {
    const error = refusal('name = "\u{1F600}" AND \u{1F600}! = 1');
    expect(error).toMatchObject({ position: 16, column: 16 });
    expect(refusal("\u{1F600} AND").column).toBe(6);
  });

  test("speaks of the type that the filter fits best", () => {
    const types = [Reindex, Copy];
    const text = "metadata.progress.stat = 1";
    for (const metadata of [types, types.toReversed()]) {
      expect(refusal(text, metadata).message).toMatch(/did you mean "metadata.progress.state"\?$/);
      expect(refusal("metadata.buckets = 1", metadata).message).toMatch(/"metadata.bucket"\?$/);
    }
    expect(refusal("metadata.state > RUNNING").position).toBe(15);
  });

  test("where nothing has metadata, so", () => {
    expect(refusal("metadata.x = 1", []).message).toBe("column 10: no metadata is served here");
    expect(refusal("metadata.type_url = x", [AnySchema]).position).toBe(9);
  });

  test("keeps to the depth of a path", () => {
    const inner = (depth: number) => `metadata.progress${".inner".repeat(depth - 3)}.percent = 1`;
    expect(refusalOrNone(inner(maxFilterDepth))).toBeUndefined();
    expect(refusal(inner(maxFilterDepth + 1)).message).toContain("32 parts");
  });
});

function refusalOrNone(text: string) {
  try {
    return refusal(text);
  } catch {
    return undefined;
  }
}
