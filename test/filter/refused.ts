// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { refusal } from "./library.ts";

/** Filters, the column where each is at fault, and what is said about it. */
export function refused(
  title: string,
  cases: readonly (readonly [string, number, string])[],
): void {
  describe(title, () => {
    test.each(cases)("%j", (text, column, problem) => {
      const error = refusal(text);
      expect(error.message).toBe(`column ${column}: ${problem}`);
      expect(error.column).toBe(column);
      expect([...text.slice(0, error.position)].length + 1).toBe(column);
    });
  });
}
