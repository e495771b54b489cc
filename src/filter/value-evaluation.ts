// SPDX-License-Identifier: Apache-2.0

import { isMessage } from "@bufbuild/protobuf";
import { isReflectMessage } from "@bufbuild/protobuf/reflect";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { matchesPattern } from "./pattern.ts";
import type { StepCounter } from "./step-counter.ts";
import { compareText } from "./text-order.ts";
import type { MicrosecondsTest, OrderOperator, ValueTest } from "./value-test.ts";

/** Whether a value, as protobuf reflection gives it, passes a test of its type. */
export function valuePasses(
  test: ValueTest | MicrosecondsTest,
  value: unknown,
  steps: StepCounter,
): boolean {
  switch (test.kind) {
    case "string":
      return typeof value === "string" && stringPasses(test, value, steps);
    case "pattern":
      return (
        typeof value === "string" &&
        matchesPattern(test.pattern, value, steps) === (test.operator === "=")
      );
    case "bool":
    case "enum":
      return (value === test.value) === (test.operator === "=");
    case "bytes":
      return (
        value instanceof Uint8Array &&
        equalBytes(test.value, value, steps) === (test.operator === "=")
      );
    case "double":
    case "integer":
    case "microseconds":
      return (
        (typeof value === "number" || typeof value === "bigint") &&
        holds(test.operator, orderOf(value, test.value))
      );
    case "timestamp":
    case "duration": {
      const nanos = nanosOf(value);
      return nanos !== undefined && holds(test.operator, orderOf(nanos, test.value));
    }
  }
}

/** Whether a comparison holds for a value that is less (negative), equal, or greater. */
export function holds(operator: OrderOperator, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      // NaN, which is neither less nor equal nor greater, too.
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** Compares numbers: negative, zero, positive, or NaN if one of them is. */
export function orderOf(a: number | bigint, b: number | bigint): number {
  if (a < b) {
    return -1;
  }
  if (a > b) {
    return 1;
  }
  return a >= b ? 0 : Number.NaN;
}

/** Whether a string passes a comparison without wildcards. */
export function stringPasses(
  { operator, value }: { readonly operator: OrderOperator; readonly value: string },
  found: string,
  steps: StepCounter,
): boolean {
  steps.count += Math.min(value.length, found.length);
  return holds(operator, compareText(found, value));
}

function equalBytes(a: Uint8Array, b: Uint8Array, steps: StepCounter): boolean {
  steps.count += Math.min(a.length, b.length);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function nanosOf(value: unknown): bigint | undefined {
  const message = isReflectMessage(value) ? value.message : undefined;
  return isMessage(message, TimestampSchema) || isMessage(message, DurationSchema)
    ? message.seconds * 1_000_000_000n + BigInt(message.nanos)
    : undefined;
}
