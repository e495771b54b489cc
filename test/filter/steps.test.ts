// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkFilter,
  type FilterableOperation,
  FilterError,
  matches,
  maxFilterTerms,
  parseFilter,
} from "../../src/filter/index.ts";
import { Copy, operationOf, pack, Reindex, schema } from "./library.ts";

function stepsOf(text: string, operation: FilterableOperation): number {
  const steps = { count: 0 };
  matches(checkFilter(parseFilter(text), schema), operation, { steps });
  return steps.count;
}

const tag = "ab".repeat(50);
const reindex = pack(Reindex, {
  files_done: 3,
  current_path: "a".repeat(500),
  tags: [tag, tag, tag],
  sizes: [1, 2, 3],
  stages: [{ stage: "one", tags: [tag] }, { stage: "two" }],
  labels: { a: "b", c: tag },
  details: { a: [1, [2, "x"], { b: tag }], c: { d: null } },
  progress: { stage: tag },
});
const operations = [
  operationOf({ name: "operations/a", metadata: reindex, done: true, endTimeUs: 5 }),
  operationOf({
    name: "projects/p/operations/b",
    error: { code: 5, message: "aB ".repeat(200) },
    metadata: pack(Copy, { files_done: "12", bucket: "bucket" }),
  }),
  operationOf({}),
];
/** More than anything in one of them takes to visit: every byte, field, element and character. */
const greatest = 2500;

const tokens = fc.constantFrom(
  ..."( ) AND OR NOT - = != < <= > >= : . , * a b true 1 -1 1.5 5s '' \"a*\" 'b\\*' \" \\ !".split(
    " ",
  ),
  ...["name", "done", "error.code", "NOT_FOUND", "metadata.tags", "metadata.files_done", " ", "  "],
  ...["metadata.details.a", "metadata.labels.c", "metadata.stages.tags", "metadata.progress.stage"],
  ...[
    "metadata",
    "create_time",
    "2026-01-31T12:00:00Z",
    "\u{1F600}",
    "\ud800",
    "\0",
    "f(",
    "error",
  ],
);
const soup = fc.oneof(
  fc.array(tokens, { maxLength: 24 }).map((parts) => parts.join("")),
  fc.array(tokens, { maxLength: 24 }).map((parts) => parts.join(" ")),
);
const likely = fc
  .array(
    fc
      .tuple(
        fc.constantFrom("", "NOT ", "-", "("),
        fc.constantFrom(
          "name",
          "metadata.tags",
          "metadata.details.a",
          "metadata.current_path",
          "a",
        ),
        fc.constantFrom(" = ", ":", "!=", " > ", " "),
        fc.constantFrom("a", "*", "a*b", '"*ab*ab*a"', "1", "(a OR b)", "x"),
        fc.constantFrom(" ", " AND ", " OR ", ") "),
      )
      .map((parts) => parts.join("")),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `${parts.join("")}b`);
const bytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => new TextDecoder().decode(bytes));
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));

test("a hundred thousand inputs are evaluated in linear steps, or refused with their place", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(soup, likely, bytes, units), (text) => {
      try {
        for (const operation of operations) {
          const steps = stepsOf(text, operation);
          if (steps > greatest * (text.length + 1)) {
            throw new Error(`${steps} steps`);
          }
        }
        accepted++;
      } catch (error) {
        if (!(error instanceof FilterError)) {
          throw error;
        }
        if (error.position < 0 || error.position > text.length) {
          throw new Error(`position ${error.position}`);
        }
      }
    }),
    { numRuns: 100_000 },
  );
  // Otherwise nothing was evaluated.
  expect(accepted).toBeGreaterThan(5000);
}, 60_000);

describe("steps", () => {
  const long = (length: number) =>
    operationOf({
      name: "a".repeat(length),
      metadata: pack(Reindex, {
        current_path: `${"a".repeat(length)}`,
        tags: Array.from({ length }, () => "a"),
        details: { list: Array.from({ length }, () => "a") },
      }),
    });

  test.each([
    ["of a search", "b"],
    ["of one long part", `name = "*${"a".repeat(500)}b*"`],
    ["of a part that nearly repeats", `name = "*${"ab".repeat(500)}*"`],
    ["of many wildcards", `name = "${"*a".repeat(500)}b*"`],
    ["of many longer parts", `metadata.current_path = "*${"aab*".repeat(300)}"`],
    ["of a repeated field", "metadata.tags:b"],
    ["of a list", "metadata.details.list:b"],
    ["of an order", `name > "${"a".repeat(2000)}"`],
  ])("double where the operation does: those %s", (_, text) => {
    const [once, twice] = [long(5000), long(10_000)];
    const sizeOf = ({ name, metadata }: FilterableOperation) =>
      name.length + (metadata?.value.length ?? 0);
    expect(stepsOf(text, twice) / stepsOf(text, once)).toBeLessThan(2.1);
    expect(stepsOf(text, twice)).toBeLessThan(3 * sizeOf(twice));
  });

  test("double where the filter does", () => {
    const operation = long(1000);
    const terms = (count: number) => `metadata.tags:(${Array(count).fill("b").join(" OR ")})`;
    const [half, whole] = [terms(maxFilterTerms / 2), terms(maxFilterTerms - 1)];
    const [once, twice] = [stepsOf(half, operation), stepsOf(whole, operation)];
    expect(twice / once).toBeLessThan(2.1);
    expect(twice / once).toBeGreaterThan(1.9);
  });
});

test("what is not needed is not read", () => {
  const read: string[] = [];
  const operation: FilterableOperation = {
    ...operationOf({ name: "a" }),
    get error() {
      read.push("error");
      return {
        code: 5,
        get message() {
          read.push("message");
          return "no";
        },
      };
    },
    get metadata() {
      read.push("metadata");
      return reindex;
    },
  };
  const readBy = (text: string) => {
    read.length = 0;
    stepsOf(text, operation);
    return read.join(" ");
  };
  expect(readBy("name = b OR done = true")).toBe("");
  expect(readBy("name = b AND metadata.tags:x")).toBe("");
  expect(readBy("error.code = 4 OR error.code = 5")).toBe("error");
  expect(readBy("error.code = 4 OR metadata:*")).toBe("error metadata");
  expect(readBy("x OR y OR error.message = z OR error.code = 4")).toBe("error message");
  expect(readBy("metadata.tags:(x OR y) OR metadata.bucket:z")).toBe("metadata");
});

test("metadata is decoded once", () => {
  const operation = operationOf({ metadata: reindex });
  const one = stepsOf("metadata.files_done = 4", operation);
  const three = stepsOf("metadata.files_done = (4 OR 5 OR 6)", operation);
  expect(one).toBeGreaterThan(reindex.value.length);
  expect(three).toBeLessThan(2 * reindex.value.length);
});
