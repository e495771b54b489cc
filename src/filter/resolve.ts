// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { convert, convertBool, convertInteger, isTime, type ValueType } from "./convert.ts";
import { excerpt } from "./excerpt.ts";
import { convertJson } from "./json-literal.ts";
import {
  asksForPresence,
  hasWildcard,
  type Literal,
  literalOf,
  nameOf,
  type Operand,
  pathText,
} from "./literal.ts";
import type { FieldTest, MapKey } from "./metadata-test.ts";
import { type Problem, problem } from "./problem.ts";
import type { Segment } from "./syntax.ts";

/** A path to resolve in the types of messages, and what is asked of the value there. */
export interface PathTest extends Operand {
  readonly path: readonly Segment[];
  /** How many segments of the path have led to where it stands. */
  readonly resolved: number;
}

/** Resolves the rest of a path in a type, and converts the value to the type that it ends at. */
export function resolveIn(type: ValueType, test: PathTest): FieldTest | Problem {
  const { message } = type;
  const next = test.path[test.resolved];
  if (message !== undefined && jsonTypes.has(message.typeName)) {
    return resolveJson(message, test);
  }
  if (message !== undefined && isWrapperDesc(message)) {
    return resolveWrapper(message, test);
  }
  if (next !== undefined) {
    return message === undefined
      ? problem(next.start, () => `${here(test)} has no fields`)
      : resolveField(message, test);
  }
  if (message === undefined || isTime(message)) {
    const converted = convert(type, test);
    return converted.kind === "problem" ? converted : { kind: "value", test: converted };
  }
  return test.comparator.symbol === ":"
    ? resolvePresence(message, test)
    : uncomparable(test, "a message", "compare one of its fields");
}

/** Goes on to the field that the next segment names. */
function resolveField(message: DescMessage, test: PathTest): FieldTest | Problem {
  const segment = test.path[test.resolved];
  const field = message.fields.find(({ name }) => segment && name === nameOf(segment));
  if (segment === undefined || field === undefined) {
    return unknownField(message, test, segment ?? test.literal);
  }
  const at = { ...test, resolved: test.resolved + 1 };
  const isLast = at.resolved === at.path.length;
  const resolved =
    isLast && asksForPresence(at) ? ({ kind: "present" } as const) : resolveValue(field, at);
  return inside(resolved, (test) => ({ kind: "message", test: { field, test } }));
}

function resolveValue(field: DescField, test: PathTest): FieldTest | Problem {
  switch (field.fieldKind) {
    case "list":
      return resolveElement(field, test);
    case "map":
      return resolveEntry(field, test);
    default:
      return resolveIn(field, test);
  }
}

function resolveElement(field: ValueType, test: PathTest): FieldTest | Problem {
  const { comparator, path, resolved } = test;
  if (comparator.symbol !== ":") {
    const [last] = path.slice(resolved);
    return last === undefined
      ? uncomparable(test, "repeated", "ask for an element with :")
      : problem(last.start, () => `${here(test)} is repeated, so only : leads on through it`);
  }
  return inside(resolveIn(field, test), (test) => ({ kind: "some", test }));
}

function resolveEntry(
  field: DescField & { fieldKind: "map" },
  test: PathTest,
): FieldTest | Problem {
  const segment = test.path[test.resolved];
  if (segment === undefined) {
    return test.comparator.symbol === ":"
      ? inside(keyOf(field, test.literal, test), (key) => ({ kind: "key", key }))
      : uncomparable(test, "a map", "compare one of its entries");
  }
  const at = { ...test, resolved: test.resolved + 1 };
  const key = keyOf(field, literalOf([segment], segment), test);
  if (at.resolved === at.path.length && asksForPresence(at)) {
    return inside(key, (key) => ({ kind: "key", key }));
  }
  return inside(key, (key) =>
    inside(resolveIn(field, at), (test) => ({ kind: "entry", key, test })),
  );
}

/** `m:field`, for a message. */
function resolvePresence(message: DescMessage, test: PathTest): FieldTest | Problem {
  const field = message.fields.find(({ name }) => name === test.literal.text);
  return field === undefined
    ? unknownField(message, test, test.literal)
    : { kind: "message", test: { field, test: { kind: "present" } } };
}

/** A wrapper stands for the value in it. */
function resolveWrapper(message: DescMessage, test: PathTest): FieldTest | Problem {
  const next = test.path[test.resolved];
  const [field] = message.fields;
  if (next !== undefined || field === undefined) {
    const start = next?.start ?? test.literal.start;
    return problem(start, () => `${here(test)} is a wrapper: compare it itself`);
  }
  return inside(resolveIn(field, test), (test) => ({ kind: "message", test: { field, test } }));
}

/** From here on the types are known only when a value is read. */
function resolveJson(message: DescMessage, test: PathTest): FieldTest | Problem {
  const { comparator, literal, resolved } = test;
  const has = comparator.symbol === ":";
  const wild = test.path.slice(resolved).find(({ parts }) => parts.length > 1);
  if (wild !== undefined) {
    return problem(wild.start, () => noWildcardsInKeys);
  }
  const path = test.path.slice(resolved).map(nameOf);
  if (asksForPresence(test)) {
    return { kind: "json", test: { path, has, value: undefined } };
  }
  if (path.length === 0 && message.typeName === "google.protobuf.Struct") {
    if (!has) {
      return uncomparable(test, "a struct", "compare one of its entries");
    }
    return hasWildcard(literal)
      ? problem(literal.start, () => noWildcardsInKeys)
      : { kind: "json", test: { path: [literal.text], has, value: undefined } };
  }
  return inside(convertJson(test), (value) => ({ kind: "json", test: { path, has, value } }));
}

/** The key of a map as its field declares it. */
function keyOf({ mapKey }: DescField & { fieldKind: "map" }, literal: Literal, test: PathTest) {
  if (hasWildcard(literal)) {
    return problem(literal.start, () => noWildcardsInKeys);
  }
  const operand = { comparator: { ...test.comparator, symbol: "=" as const }, literal };
  switch (mapKey) {
    case ScalarType.STRING:
      return literal.text;
    case ScalarType.BOOL:
      return keyIn(convertBool(operand));
    default:
      return keyIn(convertInteger(mapKey, operand));
  }
}

function keyIn(converted: { readonly value: MapKey } | Problem): MapKey | Problem {
  return "value" in converted ? converted.value : converted;
}

function unknownField(
  message: DescMessage,
  { path, resolved }: PathTest,
  { parts, start }: { readonly parts: readonly string[]; readonly start: number },
): Problem {
  const name = parts.join("*");
  const prefix = `${pathText(path, resolved)}.`;
  return {
    ...problem(start, () => `${excerpt(prefix + name)} is no field of any metadata served here`),
    unknown: { name, prefix, known: message.fields.map((field) => field.name) },
  };
}

function uncomparable(test: PathTest, what: string, remedy: string): Problem {
  const { symbol, start } = test.comparator;
  return problem(
    start,
    () => `${here(test)} is ${what}, which ${symbol} does not compare; ${remedy}`,
  );
}

function here({ path, resolved }: PathTest): string {
  return excerpt(pathText(path, resolved));
}

/** Goes on unless there is a problem. */
function inside<T, U>(found: T | Problem, then: (found: T) => U | Problem): U | Problem {
  return isProblem(found) ? found : then(found);
}

function isProblem<T>(found: T | Problem): found is Problem {
  return typeof found === "object" && found !== null && "kind" in found && found.kind === "problem";
}

const noWildcardsInKeys = `a key has no wildcards; a literal star is "\\*"`;

const jsonTypes = new Set([
  "google.protobuf.Struct",
  "google.protobuf.Value",
  "google.protobuf.ListValue",
]);
