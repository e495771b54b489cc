// SPDX-License-Identifier: Apache-2.0

import { atEnd, isNext, nextKeyword, type Scanner, skipSpace, unexpected } from "./scanner.ts";
import type { Negation } from "./syntax.ts";

/** Passes the operator that comes next, and the white space that has to follow it. */
export function takeOperator(scanner: Scanner, operator: "AND" | "OR" | "NOT"): void {
  scanner.position += operator.length;
  if (!skipSpace(scanner) && !atEnd(scanner)) {
    throw unexpected(scanner, `white space after ${operator} (a word of that name needs quotes)`);
  }
}

/** Passes a negation, if one comes next: `NOT` with the white space after it, or `-` without any. */
export function takeNegation(scanner: Scanner): Negation["operator"] | undefined {
  if (nextKeyword(scanner) === "NOT") {
    takeOperator(scanner, "NOT");
    return "NOT";
  }
  if (!isNext(scanner, "-")) {
    return undefined;
  }
  scanner.position++;
  if (atEnd(scanner) || /\s/.test(scanner.text.charAt(scanner.position))) {
    throw unexpected(scanner, "a field or a text directly after -");
  }
  return "-";
}
