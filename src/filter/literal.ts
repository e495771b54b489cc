// SPDX-License-Identifier: Apache-2.0

import type { Comparator, Segment, TextRange } from "./syntax.ts";

/** A value as it is written, of no type yet. */
export interface Literal extends TextRange {
  /** The text without quotes and escapes. */
  readonly text: string;
  /** The text, split at its wildcards. */
  readonly parts: readonly string[];
}

/** A value of a filter, and what it is compared by. */
export interface Operand {
  readonly comparator: Comparator;
  readonly literal: Literal;
}

/** Reads segments as one value: the dots between them belong to it. */
export function literalOf(segments: readonly Segment[], { start, end }: TextRange): Literal {
  const parts = [""];
  segments.forEach((segment, i) => {
    const [first = "", ...others] = segment.parts;
    parts.push(`${parts.pop()}${i > 0 ? "." : ""}${first}`, ...others);
  });
  return { text: parts.join("*"), parts, start, end };
}

/** Whether a value has a wildcard in it. */
export function hasWildcard({ parts }: Literal): boolean {
  return parts.length > 1;
}

/** Whether a comparison is `:*`. */
export function asksForPresence({ comparator, literal }: Operand): boolean {
  return comparator.symbol === ":" && literal.text === "*" && hasWildcard(literal);
}

/** What a segment says as a name. */
export function nameOf({ parts }: Segment): string {
  return parts.join("*");
}

/** The first segments of a path, as people write it. */
export function pathText(path: readonly Segment[], segments: number): string {
  return path.slice(0, segments).map(nameOf).join(".");
}
