// SPDX-License-Identifier: Apache-2.0

import { FilterError } from "./filter-error.ts";
import { maxFilterDepth, maxFilterLength, maxFilterTerms } from "./limits.ts";
import type { Scanner } from "./scanner.ts";

/** A place in a filter that is being read, and how much of the limits has been used up to there. */
export interface LimitedScanner extends Scanner {
  depth: number;
  terms: number;
}

/**
 * Begins to read a filter.
 *
 * @throws FilterError where the text is too long, or cannot be stored.
 */
export function limitedScanner(text: string): LimitedScanner {
  if (text.length > maxFilterLength) {
    const problem = `a filter has at most ${maxFilterLength} characters, got ${text.length}`;
    throw new FilterError(problem, text, maxFilterLength);
  }
  // What no store can hold would compare differently in each.
  const unstorable = text.search(/[\0\p{Surrogate}]/u);
  if (unstorable >= 0) {
    const problem = "a filter cannot hold NUL or half a surrogate pair";
    throw new FilterError(problem, text, unstorable);
  }
  return { text, position: 0, depth: 0, terms: 0 };
}

/** Counts the comparison, search or value that begins here. */
export function countTerm(scanner: LimitedScanner): void {
  scanner.terms++;
  if (scanner.terms > maxFilterTerms) {
    const problem = `a filter has at most ${maxFilterTerms} comparisons, searches and values`;
    throw new FilterError(problem, scanner.text, scanner.position);
  }
}

/** Passes an opening parenthesis. */
export function enterParenthesis(scanner: LimitedScanner): void {
  if (scanner.depth === maxFilterDepth) {
    const problem = `parentheses nest at most ${maxFilterDepth} deep`;
    throw new FilterError(problem, scanner.text, scanner.position);
  }
  scanner.depth++;
  scanner.position++;
}

/** Passes the closing parenthesis of the last one that was entered. */
export function leaveParenthesis(scanner: LimitedScanner): void {
  scanner.depth--;
  scanner.position++;
}
