// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type CheckedFilter,
  checkFilter,
  conjunctsOf,
  type FilterLeaf,
  matches,
  parseFilter,
  splitFilter,
} from "../../src/filter/index.ts";
import { schema } from "./library.ts";
import {
  compares,
  type Draft,
  globs,
  type Model,
  type ModelValue,
  modelOf,
  operationFrom,
} from "./reference.ts";

const int = fc.integer({ min: -2, max: 2 });
const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 3 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 4 });
const state = fc.constantFrom("STATE_UNSPECIFIED", "RUNNING", "PAUSED");
const big = int.map((n) => 2n ** 62n + BigInt(n));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const draft: fc.Arbitrary<Draft> = fc.record({
  name: letters,
  createTimeUs: int,
  endTimeUs: maybe(int),
  error: maybe(fc.record({ code: fc.integer({ min: 1, max: 3 }), message: letters })),
  metadata: maybe(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant("reindex" as const),
          filesDone: int,
          bytes: big,
          path: letters,
          state,
          tags: fc.array(letters, { maxLength: 3 }),
          label: maybe(letters),
          limit: maybe(int),
          progress: maybe(fc.record({ percent: int })),
          elapsedMs: maybe(int),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("copy" as const),
          filesDone: letters,
          percent: maybe(int),
        }),
      },
      { weight: 1, arbitrary: fc.constantFrom({ kind: "unserved" }, { kind: "broken" } as const) },
    ) as fc.Arbitrary<Draft["metadata"]>,
  ),
});

/** A filter, and what the reference makes of it. */
interface Sample {
  readonly text: string;
  readonly holds: (model: Model) => boolean;
}

const order = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
const equality = fc.constantFrom("=", "!=", ":");

/** A value as it is written, and what it is for each type of field that it may be compared with. */
interface Value {
  readonly text: string;
  readonly as: (found: ModelValue) => ModelValue | undefined;
}

const number = int.map(
  (n): Value => ({
    text: String(n),
    as: (found) => (typeof found === "number" ? n : String(n)),
  }),
);
const text = (arbitrary: fc.Arbitrary<string>) =>
  arbitrary.map(
    (text): Value => ({
      text: `"${text}"`,
      as: (found) => (typeof found === "string" ? text : undefined),
    }),
  );
const exactly = <T extends ModelValue>(arbitrary: fc.Arbitrary<T>, write: (value: T) => string) =>
  arbitrary.map((value): Value => ({ text: write(value), as: () => value }));

function timestamp(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const fraction = String(us - seconds * 1e6).padStart(6, "0");
  return new Date(seconds * 1000).toISOString().replace(".000Z", `.${fraction}Z`);
}

function compared(
  path: string,
  operators: fc.Arbitrary<string>,
  values: fc.Arbitrary<Value>,
): fc.Arbitrary<Sample> {
  return fc.tuple(operators, values).map(([operator, { text, as }]) => ({
    // With `:`, a star alone would ask for presence.
    text: `${path} ${operator === ":" && text === '"*"' ? "=" : operator} ${text}`,
    holds: (model) => {
      const found = model.get(path);
      const wanted = found === undefined ? undefined : as(found);
      return found !== undefined && wanted !== undefined && compares(found, operator, wanted);
    },
  }));
}

const strings = (path: string) => [
  compared(path, order, text(letters)),
  compared(path, equality, text(pattern)),
];

const comparison = fc.oneof(
  ...strings("name"),
  compared("done", equality, exactly(fc.boolean(), String)),
  compared("create_time", order, exactly(int, timestamp)),
  compared("end_time", order, exactly(int, timestamp)),
  compared("error.code", order, number),
  compared(
    "error.code",
    equality,
    exactly(fc.constant(1), () => "CANCELLED"),
  ),
  ...strings("error.message"),
  compared("metadata.files_done", order, number),
  ...strings("metadata.files_done"),
  compared("metadata.bytes", order, exactly(big, String)),
  ...strings("metadata.current_path"),
  compared("metadata.state", equality, exactly(state, String)),
  ...strings("metadata.labels.k"),
  compared("metadata.limit", order, number),
  compared("metadata.progress.percent", order, number),
  compared(
    "metadata.elapsed",
    order,
    exactly(int, (ms) => `${ms / 1000}s`),
  ),
);

const element = pattern.map(
  (wanted): Sample => ({
    text: wanted === "*" ? "metadata.tags:*" : `metadata.tags:"${wanted}"`,
    holds: (model) => {
      const tags = model.get("metadata.tags");
      return Array.isArray(tags) && tags.some((tag) => globs(wanted, String(tag)));
    },
  }),
);

const always = [
  "end_time",
  "error.code",
  "metadata.limit",
  "metadata.labels.k",
  "metadata.elapsed",
];
const nonZero = ["name", "done", "metadata.files_done", "metadata.progress.percent"];
const presence = fc.constantFrom(...always, ...nonZero).map(
  (path): Sample => ({
    text: `${path}:*`,
    holds: (model) => {
      const found = model.get(path);
      return found !== undefined && (always.includes(path) || Boolean(found));
    },
  }),
);

const search = fc.string({ unit: fc.constantFrom("a", "B", "*"), minLength: 1, maxLength: 3 }).map(
  (wanted): Sample => ({
    text: wanted,
    holds: (model) =>
      [model.get("name"), model.get("error.message")].some(
        (found) => found !== undefined && globs(`*${wanted.toLowerCase()}*`, String(found)),
      ),
  }),
);

const { expression } = fc.letrec<Record<"expression" | "factor" | "term" | "simple", Sample>>(
  (tie) => {
    const joined = (
      parts: fc.Arbitrary<Sample>,
      separator: string,
      quantifier: "every" | "some",
    ): fc.Arbitrary<Sample> =>
      fc.array(parts, { minLength: 1, maxLength: 3 }).map((parts) => ({
        text: parts.map(({ text }) => text).join(separator),
        holds: (model) => parts[quantifier](({ holds }) => holds(model)),
      }));
    return {
      expression: joined(joined(tie("factor"), " ", "every"), " AND ", "every"),
      factor: joined(tie("term"), " OR ", "some"),
      term: fc.tuple(fc.constantFrom("", "", "NOT ", "-"), tie("simple")).map(
        ([negation, { text, holds }]): Sample => ({
          text: negation + text,
          holds: (model) => holds(model) === (negation === ""),
        }),
      ),
      simple: fc.oneof(
        { maxDepth: 2 },
        fc.oneof({ weight: 8, arbitrary: comparison }, element, presence, search),
        tie("expression").map(({ text, holds }) => ({ text: `( ${text} )`, holds })),
      ),
    };
  },
);

// What grows beyond the limits is refused, as other tests show.
const filter = expression.filter(
  ({ text }) => text.length <= 4096 && text.split(/[=<>:]| /).length < 256,
);

test("a filter matches what the reference says", () => {
  fc.assert(
    fc.property(filter, fc.array(draft, { minLength: 1, maxLength: 6 }), (filter, drafts) => {
      const checked = checkFilter(parseFilter(filter.text), schema);
      for (const draft of drafts) {
        expect(matches(checked, operationFrom(draft))).toBe(filter.holds(modelOf(draft)));
      }
    }),
    { numRuns: 1500 },
  );
}, 60_000);

/** The leaves of a filter, by which a store decides what it evaluates. */
const kindOf = (leaf: FilterLeaf) =>
  leaf.kind === "compare" || leaf.kind === "present" ? leaf.field : leaf.kind;
const pushable = fc.uniqueArray(
  fc.constantFrom<ReturnType<typeof kindOf>>("name", "done", "error.code", "end_time", "search"),
);

function leavesOf(filter: CheckedFilter): FilterLeaf[] {
  switch (filter.kind) {
    case "and":
    case "or":
      return filter.operands.flatMap(leavesOf);
    case "not":
      return leavesOf(filter.operand);
    default:
      return [filter];
  }
}

test("the parts of a filter match together what the whole does", () => {
  fc.assert(
    fc.property(filter, draft, pushable, ({ text }, draft, fields) => {
      const checked = checkFilter(parseFilter(text), schema);
      const operation = operationFrom(draft);
      const whole = matches(checked, operation);
      expect(conjunctsOf(checked).every((part) => matches(part, operation))).toBe(whole);
      const { pushed, rest } = splitFilter(checked, (leaf) => fields.includes(kindOf(leaf)));
      expect(matches(pushed, operation) && matches(rest, operation)).toBe(whole);
      expect(leavesOf(pushed).every((leaf) => fields.includes(kindOf(leaf)))).toBe(true);
    }),
    { numRuns: 500 },
  );
}, 60_000);

test.each([
  ["", "", ""],
  ["name = a", "name = a", ""],
  ["name = a AND metadata.bucket = b done = true", "name = a done = true", "metadata.bucket = b"],
  ["name = a AND (done = true AND (error:* name = b))", "name = a done = true name = b", "error:*"],
  ["name = a OR metadata.bucket = b", "", "name = a OR metadata.bucket = b"],
  ["NOT (name = a OR error:*)", "NOT name = a", "NOT error:*"],
  ["NOT (NOT (name = a error:*))", "name = a", "error:*"],
  ["NOT (name = a AND done = true)", "NOT (name = a AND done = true)", ""],
])("%j is pushed as %j, and %j is left", (whole, pushed, rest) => {
  const check = (text: string) => checkFilter(parseFilter(text), schema);
  const parts = splitFilter(check(whole), (leaf) => ["name", "done"].includes(kindOf(leaf)));
  expect(parts.pushed).toEqual(check(pushed));
  expect(parts.rest).toEqual(check(rest));
});
