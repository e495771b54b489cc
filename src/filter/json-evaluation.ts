// SPDX-License-Identifier: Apache-2.0

import { isMessage, type Message } from "@bufbuild/protobuf";
import {
  type ListValue,
  ListValueSchema,
  type Struct,
  StructSchema,
  type Value,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import type { JsonComparison, JsonTest } from "./json-test.ts";
import { matchesPattern } from "./pattern.ts";
import type { StepCounter } from "./step-counter.ts";
import { holds, orderOf, stringPasses } from "./value-evaluation.ts";

/** Whether a `google.protobuf.Struct`, `Value` or `ListValue` passes. */
export function jsonPasses(test: JsonTest, message: Message, steps: StepCounter): boolean {
  return (
    (isMessage(message, StructSchema) ||
      isMessage(message, ValueSchema) ||
      isMessage(message, ListValueSchema)) &&
    passesFrom({ test, steps }, message, 0)
  );
}

interface Walk {
  readonly test: JsonTest;
  readonly steps: StepCounter;
}

/** Whether what is left of the path, once `taken` keys are, leads on from here to what passes. */
function passesFrom(walk: Walk, place: Struct | Value | ListValue, taken: number): boolean {
  const { test, steps } = walk;
  steps.count++;
  const found = contentOf(place);
  const key = test.path[taken];
  if (key === undefined && test.value === undefined) {
    return true;
  }
  if (isMessage(found, ListValueSchema)) {
    return test.has && found.values.some((element) => passesFrom(walk, element, taken));
  }
  if (isMessage(found, StructSchema)) {
    // Without a key left it is the value that may name one: `struct.entry:key`.
    const wanted = key ?? (test.has ? test.value?.text : undefined);
    const next =
      wanted !== undefined && Object.hasOwn(found.fields, wanted)
        ? found.fields[wanted]
        : undefined;
    return next !== undefined && (key === undefined || passesFrom(walk, next, taken + 1));
  }
  return key === undefined && test.value !== undefined && scalarPasses(test.value, found, steps);
}

function contentOf(place: Struct | Value | ListValue): Struct | ListValue | Value {
  if (!isMessage(place, ValueSchema)) {
    return place;
  }
  const { kind } = place;
  return kind.case === "structValue" || kind.case === "listValue" ? kind.value : place;
}

/** A value of one type does not equal one of another, and is neither less nor greater. */
function scalarPasses(test: JsonComparison, { kind }: Value, steps: StepCounter): boolean {
  const { operator } = test;
  const equals = operator === "=";
  switch (kind.case) {
    case "stringValue":
      return equals || operator === "!="
        ? matchesPattern(test.pattern, kind.value, steps) === equals
        : stringPasses({ operator, value: test.text }, kind.value, steps);
    case "numberValue":
      return holds(operator, orderOf(kind.value, test.number ?? Number.NaN));
    case "boolValue":
      return (equals || operator === "!=") && (kind.value === test.bool) === equals;
    case "nullValue":
      return (equals || operator === "!=") && (test.text === "null") === equals;
    default:
      return false;
  }
}
