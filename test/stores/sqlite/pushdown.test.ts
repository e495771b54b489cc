// SPDX-License-Identifier: Apache-2.0

import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CheckedFilter, matches as isMatch } from "../../../src/filter/index.ts";
import { patternOf } from "../../../src/filter/pattern.ts";
import type {
  InitialState,
  ListFilter,
  ListQuery,
  OperationStore,
  ScannedRecord,
} from "../../../src/server/store.ts";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { manualClock } from "../../../src/testing/index.ts";
import { connect } from "./files.ts";
import { cancelled, insert, newOperation } from "./operations.ts";

const startMs = 1_900_000_000_000;
const startUs = startMs * 1_000;
const wholeList = { limit: 1_000, maxBytes: 1e9, maxScanned: 1e6, maxScanMs: 1e6 };

const owners = ["", "alice", "bob"];
const parents = [undefined, "projects/p", "projects/p/shelves/s"];
const methods = ["acme.v1.A/Run", "acme.v1.B/Run"];
const outcomes = ["queued", "claimed", "external", "succeeded", "failed", "cancelled"] as const;

interface Case {
  readonly owner: string;
  readonly parent: string | undefined;
  readonly method: string;
  readonly outcome: (typeof outcomes)[number];
  readonly code: number;
  readonly deleted: boolean;
}

const someCase: fc.Arbitrary<Case> = fc.record({
  owner: fc.constantFrom(...owners),
  parent: fc.constantFrom(...parents),
  method: fc.constantFrom(...methods),
  outcome: fc.constantFrom(...outcomes),
  code: fc.constantFrom(1, 5, 13),
  deleted: fc.nat(9).map((n) => n === 0),
});

/** Operations that began one millisecond after the other. */
async function storeOf(cases: readonly Case[]): Promise<OperationStore> {
  const clock = manualClock(startMs);
  const store = sqliteStore(connect(":memory:"), { clock });
  for (const [index, { owner, parent, method, outcome, code, deleted }] of cases.entries()) {
    const name = `${parent === undefined ? "" : `${parent}/`}operations/${index}`;
    const error = { kind: "error", code, status: Uint8Array.of(code) } as const;
    const response = { typeUrl: "type.googleapis.com/acme.v1.Done", value: Uint8Array.of(7) };
    const initial: Readonly<Record<Case["outcome"], InitialState>> = {
      queued: { kind: "queued" },
      claimed: { kind: "claimed", leaseMs: 1e6 },
      external: { kind: "external", timeoutMs: 1e6 },
      succeeded: { kind: "done", result: { kind: "response", response } },
      failed: { kind: "done", result: error },
      cancelled: { kind: "queued" },
    };
    await insert(store, newOperation(name, { owner, method }), initial[outcome]);
    clock.advance(1);
    if (outcome === "cancelled") {
      await store.cancel(name, cancelled);
    }
    if (deleted) {
      await store.delete(name);
    }
  }
  return store;
}

const order = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
const equality = fc.constantFrom("=", "!=");
const index = fc.nat(30);
const microseconds = fc.oneof(
  index.map((ms) => BigInt(startUs + ms * 1_000)),
  fc.constantFrom(0n, -(10n ** 30n), 10n ** 30n, BigInt(startUs) + 1n),
);
const someName = fc.oneof(
  index.map((n) => `operations/${n}`),
  fc.constantFrom("", "projects/p/operations/1", "operations/\0", "operations/\u{1f600}"),
);

const leaf = fc.oneof(
  fc.tuple(equality, someName).map(([operator, value]) => compare("name", string(operator, value))),
  fc.tuple(order, someName).map(([operator, value]) => compare("name", string(operator, value))),
  equality.map((operator) =>
    compare("name", { kind: "pattern", operator, pattern: patternOf(["", "operations/1", ""]) }),
  ),
  fc
    .tuple(order, fc.constantFrom(...methods, "acme"))
    .map(([operator, value]) => compare("method", string(operator, value))),
  fc
    .tuple(equality, fc.boolean())
    .map(([operator, value]) => compare("done", { kind: "bool", operator, value })),
  fc
    .tuple(fc.constantFrom("create_time", "end_time"), order, microseconds)
    .map(([field, operator, value]) => compare(field, { kind: "microseconds", operator, value })),
  fc
    .tuple(order, fc.constantFrom(0n, 1n, 5n, 13n, 10n ** 40n))
    .map(([operator, value]) => compare("error.code", { kind: "integer", operator, value })),
  fc
    .tuple(order, fc.constantFrom("", "code 5"))
    .map(([operator, value]) => compare("error.message", string(operator, value))),
  fc
    .constantFrom("error", "metadata", "end_time")
    .map((field) => ({ kind: "present", field }) as CheckedFilter),
  fc.constant<CheckedFilter>({ kind: "search", pattern: patternOf(["", "s/1", ""]) }),
);

function string(operator: string, value: string): object {
  return { kind: "string", operator, value };
}

function compare(field: string, test: object): CheckedFilter {
  return { kind: "compare", field, test } as CheckedFilter;
}

const { someFilter } = fc.letrec<{ someFilter: CheckedFilter }>((tie) => ({
  someFilter: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie("someFilter").map((operand): CheckedFilter => ({ kind: "not", operand })),
    fc.record<CheckedFilter & { kind: "and" | "or" }>({
      kind: fc.constantFrom("and", "and", "or"),
      operands: fc.array(tie("someFilter"), { maxLength: 3 }),
    }),
  ),
}));

function matches(condition: CheckedFilter): ListFilter["matches"] {
  return ({ error, state, ...record }: ScannedRecord) =>
    isMatch(condition, {
      ...record,
      done: state === "done",
      error: error && { code: error.code, message: `code ${error.code}` },
    });
}

async function listed(store: OperationStore, query: ListQuery): Promise<readonly string[]> {
  const names: string[] = [];
  let after: ListQuery["after"];
  do {
    const { records, next } = await store.list({ ...query, after });
    names.push(...records.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  return names;
}

const everything: CheckedFilter = { kind: "and", operands: [] };

test("what the database leaves out, and where it looks, changes no list", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someCase, { maxLength: 30 }),
      fc.array(someFilter, { minLength: 10, maxLength: 10 }),
      fc.constantFrom(undefined, ...owners),
      fc.constantFrom(...parents),
      fc.constantFrom(1, 3, 1_000),
      async (cases, filters, owner, parent, limit) => {
        const store = await storeOf(cases);
        const query = { ...wholeList, owner, parent };
        for (const condition of filters) {
          const filter = { condition, matches: matches(condition) };
          const expected = await listed(store, {
            ...query,
            filter: { ...filter, condition: everything },
          });
          expect(await listed(store, { ...query, filter, limit })).toEqual(expected);
          const stepwise = { ...query, filter, limit, maxScanned: limit };
          expect(await listed(store, stepwise)).toEqual(expected);
        }
        await store.close();
      },
    ),
    { numRuns: 100 },
  );
});

describe("of 200 operations of which two go on, it is not looked at more than needed", () => {
  const done = (value: boolean) => compare("done", { kind: "bool", operator: "=", value });
  const began = (operator: string, ms: number) =>
    compare("create_time", {
      kind: "microseconds",
      operator,
      value: BigInt(startUs + ms * 1_000),
    });
  const and = (...operands: CheckedFilter[]): CheckedFilter => ({ kind: "and", operands });
  const not = (operand: CheckedFilter): CheckedFilter => ({ kind: "not", operand });
  const isName = (value: string) => compare("name", string("=", value) as object);
  const search: CheckedFilter = { kind: "search", pattern: patternOf(["", "0", ""]) };

  test.for<[string, CheckedFilter, readonly number[]]>([
    ["done = false", done(false), [150, 50]],
    ["NOT done = true", not(done(true)), [150, 50]],
    ["done = false and more", and(search, done(false)), [150, 50]],
    ["a name", isName("operations/7"), [7]],
    ["the name of nothing", isName("operations/none"), []],
    ["a name, and an end that it has not", and(isName("operations/50"), done(true)), []],
    ["from a time on", began(">=", 197), [199, 198, 197]],
    ["after a time", began(">", 197), [199, 198]],
    ["before a time", began("<", 2), [1, 0]],
    ["up to a time", began("<=", 2), [2, 1, 0]],
    ["at a time", began("=", 9), [9]],
    ["between times", and(began(">", 5), began("<", 8)), [7, 6]],
    ["never", and(began(">", 8), began("<", 5)), []],
  ])("%s", async ([, condition, expected]) => {
    const goOn = [50, 150];
    const store = await storeOf(
      Array.from({ length: 200 }, (_, n) => ({
        owner: "",
        parent: undefined,
        method: methods[0] ?? "",
        outcome: goOn.includes(n) ? "queued" : "succeeded",
        code: 0,
        deleted: false,
      })),
    );
    onTestFinished(() => store.close());
    const looked: string[] = [];
    const filter: ListFilter = {
      condition,
      matches: ({ name }) => looked.push(name) > 0,
    };
    // So few may be looked at, in the database too.
    const maxScanned = Math.max(1, expected.length);
    const page = await store.list({ ...wholeList, maxScanned, filter });
    expect(looked).toEqual(expected.map((n) => `operations/${n}`));
    expect(page.records.map(({ name }) => name)).toEqual(looked);
    expect(page.next).toBeUndefined();
  });
});
