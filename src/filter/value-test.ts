// SPDX-License-Identifier: Apache-2.0

import type { Pattern } from "./pattern.ts";

/** How values of an ordered type are compared. `:` has become `=`. */
export type OrderOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** How values of a type without an order are compared. */
export type EqualityOperator = "=" | "!=";

/** What a single value has to pass. Which of these it is follows from the type of the field. */
export type ValueTest =
  | StringTest
  | PatternTest
  | BoolTest
  | IntegerTest
  | DoubleTest
  | EnumTest
  | BytesTest
  | TimestampTest
  | DurationTest;

/** A string, ordered by code points, as UTF-8 bytes are. */
export interface StringTest {
  readonly kind: "string";
  readonly operator: OrderOperator;
  readonly value: string;
}

/** A string with wildcards. */
export interface PatternTest {
  readonly kind: "pattern";
  readonly operator: EqualityOperator;
  readonly pattern: Pattern;
}

/** A bool. */
export interface BoolTest {
  readonly kind: "bool";
  readonly operator: EqualityOperator;
  readonly value: boolean;
}

/** An integer of any size. */
export interface IntegerTest {
  readonly kind: "integer";
  readonly operator: OrderOperator;
  readonly value: bigint;
}

/** A double, or a float, for which the value is rounded to one. */
export interface DoubleTest {
  readonly kind: "double";
  readonly operator: OrderOperator;
  readonly value: number;
}

/** An enum, by number. */
export interface EnumTest {
  readonly kind: "enum";
  readonly operator: EqualityOperator;
  readonly value: number;
}

/** Bytes. */
export interface BytesTest {
  readonly kind: "bytes";
  readonly operator: EqualityOperator;
  readonly value: Uint8Array;
}

/** A `google.protobuf.Timestamp`. */
export interface TimestampTest {
  readonly kind: "timestamp";
  readonly operator: OrderOperator;
  /** Nanoseconds since the Unix epoch. */
  readonly value: bigint;
}

/** A `google.protobuf.Duration`. */
export interface DurationTest {
  readonly kind: "duration";
  readonly operator: OrderOperator;
  /** Nanoseconds. */
  readonly value: bigint;
}

/** A time that is stored in microseconds; what the filter says finer than that is worked in. */
export interface MicrosecondsTest {
  readonly kind: "microseconds";
  readonly operator: OrderOperator;
  /** Microseconds since the Unix epoch. */
  readonly value: bigint;
}
