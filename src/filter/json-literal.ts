// SPDX-License-Identifier: Apache-2.0

import { orderOperator, parseNumber } from "./convert.ts";
import type { JsonComparison } from "./json-test.ts";
import { hasWildcard, type Operand } from "./literal.ts";
import { patternOf } from "./pattern.ts";
import { type Problem, problem } from "./problem.ts";

/** Reads a value in each way that a `google.protobuf.Value` may be compared with. */
export function convertJson({ comparator, literal }: Operand): JsonComparison | Problem {
  const operator = orderOperator(comparator);
  const { text, parts } = literal;
  if (hasWildcard(literal) && operator !== "=" && operator !== "!=") {
    return problem(literal.start, () => `${operator} takes no wildcards; a literal star is "\\*"`);
  }
  return {
    kind: "comparison",
    operator,
    text,
    pattern: patternOf(parts),
    number: hasWildcard(literal) ? undefined : parseNumber(text),
    bool: text === "true" ? true : text === "false" ? false : undefined,
  };
}
