// SPDX-License-Identifier: Apache-2.0

import {
  isReflectList,
  isReflectMap,
  isReflectMessage,
  type ReflectMessage,
} from "@bufbuild/protobuf/reflect";
import { jsonPasses } from "./json-evaluation.ts";
import type { FieldTest, MessageTest } from "./metadata-test.ts";
import type { StepCounter } from "./step-counter.ts";
import { valuePasses } from "./value-evaluation.ts";

/** Whether the value of a field, as protobuf reflection gives it, passes. */
export function passes(test: FieldTest, value: unknown, steps: StepCounter): boolean {
  steps.count++;
  switch (test.kind) {
    case "present":
      return true;
    case "value":
      return valuePasses(test.test, value, steps);
    case "message":
      return isReflectMessage(value) && messagePasses(test.test, value, steps);
    case "some":
      if (isReflectList(value)) {
        for (const element of value) {
          if (passes(test.test, element, steps)) {
            return true;
          }
        }
      }
      return false;
    case "key":
      return isReflectMap(value) && value.has(test.key);
    case "entry":
      return (
        isReflectMap(value) && value.has(test.key) && passes(test.test, value.get(test.key), steps)
      );
    case "json":
      return isReflectMessage(value) && jsonPasses(test.test, value.message, steps);
  }
}

function messagePasses(
  { field, test }: MessageTest,
  message: ReflectMessage,
  steps: StepCounter,
): boolean {
  const isAbsent =
    (field.fieldKind === "message" || test.kind === "present") && !message.isSet(field);
  return !isAbsent && passes(test, message.get(field), steps);
}
