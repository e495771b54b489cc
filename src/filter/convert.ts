// SPDX-License-Identifier: Apache-2.0

import { type DescEnum, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { excerpt } from "./excerpt.ts";
import { hasWildcard, type Literal, type Operand } from "./literal.ts";
import { patternOf } from "./pattern.ts";
import { type Problem, problem } from "./problem.ts";
import type { Comparator } from "./syntax.ts";
import { parseDuration, parseTimestamp } from "./time-literal.ts";
import type {
  BoolTest,
  DurationTest,
  EnumTest,
  EqualityOperator,
  IntegerTest,
  OrderOperator,
  PatternTest,
  StringTest,
  TimestampTest,
  ValueTest,
} from "./value-test.ts";

/** The type of a single value: of these three, the one that is not undefined. */
export interface ValueType {
  readonly scalar: ScalarType | undefined;
  readonly enum: DescEnum | undefined;
  readonly message: DescMessage | undefined;
}

const timestampType = "google.protobuf.Timestamp";
const durationType = "google.protobuf.Duration";

/** Whether messages of this type are compared as a whole. */
export function isTime({ typeName }: DescMessage): boolean {
  return typeName === timestampType || typeName === durationType;
}

/** Converts a value to a type: a scalar, an enum, or a message of which `isTime` is true. */
export function convert(type: ValueType, operand: Operand): ValueTest | Problem {
  if (type.scalar === ScalarType.STRING) {
    return convertString(operand);
  }
  if (type.message !== undefined) {
    return type.message.typeName === timestampType
      ? convertTimestamp(operand)
      : convertDuration(operand);
  }
  if (type.enum !== undefined) {
    return convertEnum(type.enum, operand);
  }
  switch (type.scalar) {
    case ScalarType.BOOL:
      return convertBool(operand);
    case ScalarType.BYTES:
      return convertBytes(operand);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return convertDouble(type.scalar, operand);
    default:
      return convertInteger(type.scalar ?? ScalarType.INT64, operand);
  }
}

/** Converts a value to a string, or to a pattern if it has wildcards. */
export function convertString({
  comparator,
  literal,
}: Operand): StringTest | PatternTest | Problem {
  const operator = orderOperator(comparator);
  if (!hasWildcard(literal)) {
    return { kind: "string", operator, value: literal.text };
  }
  return operator === "=" || operator === "!="
    ? { kind: "pattern", operator, pattern: patternOf(literal.parts) }
    : problem(literal.start, () => `${operator} takes no wildcards; a literal star is "\\*"`);
}

/** Converts a value to a bool. */
export function convertBool({ comparator, literal }: Operand): BoolTest | Problem {
  const operator = equalityOperator(comparator);
  if (operator === undefined) {
    return unordered(comparator, "bools");
  }
  return literal.text === "true" || literal.text === "false"
    ? { kind: "bool", operator, value: literal.text === "true" }
    : misfit(literal, "a bool: true or false");
}

/** Converts a value to an integer within the range of its type. */
export function convertInteger(
  scalar: ScalarType,
  { comparator, literal }: Operand,
): IntegerTest | Problem {
  const { name, least, most } = integerTypes[scalar] ?? int64;
  const value = /^[+-]?\d+$/.test(literal.text) ? BigInt(literal.text) : undefined;
  return value !== undefined && value >= least && value <= most
    ? { kind: "integer", operator: orderOperator(comparator), value }
    : misfit(literal, `an integer from ${least} to ${most} (${name})`);
}

/** The comparators by which values with an order are compared; "has" asks for equality. */
export function orderOperator({ symbol }: Comparator): OrderOperator {
  return symbol === ":" ? "=" : symbol;
}

/** The number that a text is: decimal, with an exponent or without, or infinite as JSON has it. */
export function parseNumber(text: string): number | undefined {
  if (/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  return text === "Infinity" || text === "-Infinity" ? Number(text) : undefined;
}

/** That a type has no order. */
function unordered({ symbol, start }: Comparator, what: string): Problem {
  return problem(
    start,
    () => `${what} have no order, so ${symbol} does not apply; there are =, != and :`,
  );
}

/** That a value is not what it has to be. */
function misfit(literal: Literal, expected: string): Problem {
  const { text, start } = literal;
  return problem(start, () => `${excerpt(text)} is not ${expected}${wildcardHint(literal)}`);
}

function wildcardHint(literal: Literal): string {
  if (!hasWildcard(literal)) {
    return "";
  }
  return literal.text === "*"
    ? "; to ask whether it is set, write :*"
    : "; only strings take wildcards";
}

/** The comparators by which values without an order are compared. */
function equalityOperator(comparator: Comparator): EqualityOperator | undefined {
  const operator = orderOperator(comparator);
  return operator === "=" || operator === "!=" ? operator : undefined;
}

/** Converts a value to a timestamp. */
export function convertTimestamp({ comparator, literal }: Operand): TimestampTest | Problem {
  const value = parseTimestamp(literal.text);
  return value === undefined
    ? misfit(literal, `a timestamp, such as "2026-01-31T12:00:00Z"`)
    : { kind: "timestamp", operator: orderOperator(comparator), value };
}

function convertDuration({ comparator, literal }: Operand): DurationTest | Problem {
  const value = parseDuration(literal.text);
  return value === undefined
    ? misfit(literal, "a duration in seconds, such as 1.5s")
    : { kind: "duration", operator: orderOperator(comparator), value };
}

/** Converts the name of a value of an enum. */
export function convertEnum(type: DescEnum, { comparator, literal }: Operand): EnumTest | Problem {
  const operator = equalityOperator(comparator);
  if (operator === undefined) {
    return unordered(comparator, "enums");
  }
  const value = type.values.find(({ name }) => name === literal.text);
  if (value !== undefined) {
    return { kind: "enum", operator, value: value.number };
  }
  return {
    ...problem(literal.start, () => `${excerpt(literal.text)} is no value of ${type.typeName}`),
    unknown: { name: literal.text, known: type.values.map(({ name }) => name), prefix: "" },
  };
}

function convertBytes({ comparator, literal }: Operand): ValueTest | Problem {
  const operator = equalityOperator(comparator);
  if (operator === undefined) {
    return unordered(comparator, "bytes");
  }
  const digits = literal.text.replace(/={0,2}$/, "");
  return /^[A-Za-z0-9+/_-]*$/.test(digits) && digits.length % 4 !== 1
    ? { kind: "bytes", operator, value: base64Decode(digits) }
    : misfit(literal, "bytes in base64");
}

function convertDouble(scalar: ScalarType, { comparator, literal }: Operand): ValueTest | Problem {
  const operator = orderOperator(comparator);
  const number = parseNumber(literal.text);
  const value = number !== undefined && scalar === ScalarType.FLOAT ? Math.fround(number) : number;
  return value === undefined || Number.isFinite(value) !== Number.isFinite(number)
    ? misfit(literal, `a number (${scalar === ScalarType.FLOAT ? "float" : "double"})`)
    : { kind: "double", operator, value };
}

const int32 = { name: "int32", least: -(2n ** 31n), most: 2n ** 31n - 1n };
const uint32 = { name: "uint32", least: 0n, most: 2n ** 32n - 1n };
const int64 = { name: "int64", least: -(2n ** 63n), most: 2n ** 63n - 1n };
const uint64 = { name: "uint64", least: 0n, most: 2n ** 64n - 1n };

const integerTypes: Readonly<Partial<Record<ScalarType, typeof int64>>> = {
  [ScalarType.INT32]: int32,
  [ScalarType.SINT32]: int32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.INT64]: int64,
  [ScalarType.SINT64]: int64,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.FIXED64]: uint64,
};
