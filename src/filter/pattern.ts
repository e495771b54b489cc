// SPDX-License-Identifier: Apache-2.0

import type { StepCounter } from "./step-counter.ts";

/** A text with wildcards, each of which stands for any number of characters, none included. */
export interface Pattern {
  /** What has to come between the wildcards, in order: one more than there are wildcards. */
  readonly parts: readonly PatternPart[];
}

/** A part of a pattern, prepared for being looked for. */
export interface PatternPart {
  readonly text: string;
  /** For each prefix of the text, how long its longest proper prefix is that is a suffix of it. */
  readonly borders: readonly number[];
}

/** Makes a pattern of the parts between its wildcards. */
export function patternOf(parts: readonly string[]): Pattern {
  return { parts: parts.map((text) => ({ text, borders: bordersOf(text) })) };
}

/** The parts of a pattern, as they were given. */
export function partsOf(pattern: Pattern): string[] {
  return pattern.parts.map(({ text }) => text);
}

/**
 * Whether a pattern matches the whole of a text. It reads each character of the text at most twice,
 * whatever the pattern: the parts are looked for from left to right, by Knuth, Morris and Pratt.
 */
export function matchesPattern(pattern: Pattern, text: string, steps: StepCounter): boolean {
  const [first, ...others] = pattern.parts;
  const last = others.pop();
  if (first === undefined) {
    return false;
  }
  steps.count += first.text.length + (last?.text.length ?? 0);
  if (last === undefined) {
    return text === first.text;
  }
  const end = text.length - last.text.length;
  if (first.text.length > end || !text.startsWith(first.text) || !text.endsWith(last.text)) {
    return false;
  }
  let from = first.text.length;
  for (const part of others) {
    const found = endOfPart(part, { text, from, end }, steps);
    if (found === undefined) {
      return false;
    }
    from = found;
  }
  return true;
}

interface Haystack {
  readonly text: string;
  readonly from: number;
  readonly end: number;
}

/** Where the first occurrence of a part ends. */
function endOfPart(part: PatternPart, { text, from, end }: Haystack, steps: StepCounter) {
  const length = part.text.length;
  let matched = 0;
  let position = from;
  let taken = 0;
  while (matched < length && position < end) {
    taken++;
    if (text.charCodeAt(position) === part.text.charCodeAt(matched)) {
      position++;
      matched++;
    } else if (matched > 0) {
      matched = part.borders[matched - 1] ?? 0;
    } else {
      position++;
    }
  }
  steps.count += taken;
  return matched === length ? position : undefined;
}

function bordersOf(text: string): number[] {
  const borders: number[] = [];
  let border = 0;
  for (let i = 0; i < text.length; i++) {
    while (i > 0 && border > 0 && text.charCodeAt(i) !== text.charCodeAt(border)) {
      border = borders[border - 1] ?? 0;
    }
    if (i > 0 && text.charCodeAt(i) === text.charCodeAt(border)) {
      border++;
    }
    borders.push(border);
  }
  return borders;
}
