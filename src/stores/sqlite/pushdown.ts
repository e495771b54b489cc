// SPDX-License-Identifier: Apache-2.0

import {
  type CheckedFilter,
  conjunctsOf,
  type FilterLeaf,
  splitFilter,
} from "../../filter/index.ts";

/** What of a filter the database evaluates. */
export interface Pushdown {
  /** An expression that is true or false, never null. */
  readonly condition: string;
  /** What the condition refers to. */
  readonly values: Readonly<Record<string, string | number>>;
  /** Whether nothing that is done can match. */
  readonly unfinished: boolean;
  /** The only name that can match. */
  readonly name: string | undefined;
  /** Only what was created between these two, both included, can match; in microseconds. */
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Takes out of a filter what SQL says just as well. */
export function pushDown(filter: CheckedFilter): Pushdown {
  const { pushed } = splitFilter(filter, (leaf) => termOf(leaf) !== undefined);
  const values: Record<string, string | number> = {};
  const condition = sqlOf(pushed, (value) => {
    const key = `filter${Object.keys(values).length}`;
    values[key] = value;
    return `:${key}`;
  });
  return { condition, values, ...rangeOf(conjunctsOf(pushed)) };
}

type Range = Pick<Pushdown, "unfinished" | "name" | "firstUs" | "lastUs">;

/** What can match at all, going by the indexes that there are. */
function rangeOf(conjuncts: readonly CheckedFilter[]): Range {
  let range: Range = {
    unfinished: false,
    name: undefined,
    firstUs: 0,
    lastUs: Number.MAX_SAFE_INTEGER,
  };
  for (const conjunct of conjuncts) {
    range = { ...range, ...narrowed(range, conjunct) };
  }
  return range;
}

function narrowed(range: Range, conjunct: CheckedFilter): Partial<Range> {
  if (conjunct.kind === "not") {
    const { operand } = conjunct;
    const excluded = operand.kind === "compare" && operand.field === "done" && isTrue(operand.test);
    return excluded ? { unfinished: true } : {};
  }
  if (conjunct.kind !== "compare") {
    return {};
  }
  switch (conjunct.field) {
    case "done":
      return isTrue(conjunct.test) ? {} : { unfinished: true };
    case "name":
      return conjunct.test.kind === "string" && conjunct.test.operator === "="
        ? { name: conjunct.test.value }
        : {};
    case "create_time": {
      const us = numberOf(conjunct.test.value);
      switch (conjunct.test.operator) {
        case "=":
          return { firstUs: Math.max(range.firstUs, us), lastUs: Math.min(range.lastUs, us) };
        case "<":
          return { lastUs: Math.min(range.lastUs, us - 1) };
        case "<=":
          return { lastUs: Math.min(range.lastUs, us) };
        case ">":
          return { firstUs: Math.max(range.firstUs, us + 1) };
        case ">=":
          return { firstUs: Math.max(range.firstUs, us) };
        default:
          return {};
      }
    }
    default:
      return {};
  }
}

// A plus keeps a column from being used for finding rows, which is what the source is for: SQLite might
// find them by the filter instead, or think the source's own condition settled. Constants, too, it
// takes for settled.
const always = "(+state >= 0)";
const never = "(+state < 0)";

/** A leaf in SQL: a text around a value. */
interface Term {
  readonly before: string;
  readonly value?: string | number;
  readonly after: string;
}

/** Undefined where SQL would say something else, or take its time: patterns above all. */
function termOf(leaf: FilterLeaf): Term | undefined {
  if (leaf.kind === "present") {
    const column = leaf.field === "error" ? "error_code" : "end_time_us";
    return leaf.field === "metadata" ? undefined : { before: `(+${column} IS NOT`, after: "NULL)" };
  }
  if (leaf.kind !== "compare") {
    return undefined;
  }
  switch (leaf.field) {
    case "name":
    case "method":
      return leaf.test.kind === "string" && isEquality(leaf.test) && isPlain(leaf.test.value)
        ? { before: `(+${leaf.field} ${leaf.test.operator}`, value: leaf.test.value, after: ")" }
        : undefined;
    case "done":
      return { before: isTrue(leaf.test) ? "(+state = 2" : "(+state < 2", after: ")" };
    case "create_time":
      return comparison("create_time_us", leaf.test);
    case "end_time":
      return comparison("end_time_us", leaf.test);
    case "error.code":
      return comparison("error_code", leaf.test);
    case "error.message":
      return undefined;
  }
}

function comparison(
  column: string,
  { operator, value }: { readonly operator: string; readonly value: bigint },
): Term {
  // What is unset compares false, whatever the operator, and must stay so under a NOT.
  return { before: `ifnull(+${column} ${operator}`, value: numberOf(value), after: ", 0)" };
}

function sqlOf(filter: CheckedFilter, place: (value: string | number) => string): string {
  switch (filter.kind) {
    case "and":
    case "or": {
      const terms = filter.operands.map((operand) => sqlOf(operand, place));
      const [of, none] = filter.kind === "and" ? [" AND ", always] : [" OR ", never];
      return terms.length === 0 ? none : `(${terms.join(of)})`;
    }
    case "not":
      return `(NOT ${sqlOf(filter.operand, place)})`;
    default: {
      const term = termOf(filter);
      if (term === undefined) {
        throw new Error(`A ${filter.kind} was pushed down that has no SQL`);
      }
      const value = term.value === undefined ? "" : ` ${place(term.value)}`;
      return `${term.before}${value} ${term.after}`;
    }
  }
}

function isTrue({ operator, value }: { readonly operator: string; readonly value: boolean }) {
  return (operator === "=") === value;
}

/** The order of strings depends on the encoding that a database was made with. */
function isEquality({ operator }: { readonly operator: string }): boolean {
  return operator === "=" || operator === "!=";
}

/** Whether every driver hands a text on as it is: a NUL may end it, and half a surrogate pair is none. */
function isPlain(text: string): boolean {
  return !/[\0\ud800-\udfff]/.test(text);
}

/** Numbers that no column holds stay so. */
function numberOf(value: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
}
