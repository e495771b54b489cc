// SPDX-License-Identifier: Apache-2.0

import { excerpt } from "./excerpt.ts";
import { FilterError } from "./filter-error.ts";
import type { Comparator, ComparatorSymbol, Segment } from "./syntax.ts";

/** A place in a filter that is being read. */
export interface Scanner {
  readonly text: string;
  position: number;
}

const space = /\s+/y;
// An exclamation mark belongs to a word, unless it begins `!=`.
const word = /(?:[^\s.,()<>=:"'\\!]|!(?!=))+/y;
// After a comparator a colon cannot be another one, and unquoted timestamps have some.
const valueWord = /(?:[^\s.,()<>=:"'\\!]|!(?!=))(?:[^\s.,()<>="'\\!]|!(?!=))*/y;
const comparison = /[<>=!:~]+/y;
const keyword = /^(?:AND|OR|NOT)$/;

const symbols: ReadonlyMap<string, ComparatorSymbol> = new Map(
  (["=", "!=", "<", "<=", ">", ">=", ":"] as const).map((symbol) => [symbol, symbol]),
);

/** The escapes of a quoted string. */
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  "'": "'",
  "*": "*",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** An error at this place: what should stand there, and what does. */
export function unexpected(scanner: Scanner, expected: string): FilterError {
  const { text, position } = scanner;
  const found =
    position >= text.length
      ? "the end of the filter"
      : excerpt(peek(scanner, word) || String.fromCodePoint(text.codePointAt(position) ?? 0));
  return new FilterError(`expected ${expected}, found ${found}`, text, position);
}

/** Whether everything has been read. */
export function atEnd({ text, position }: Scanner): boolean {
  return position >= text.length;
}

/** Whether this character comes next. */
export function isNext({ text, position }: Scanner, character: string): boolean {
  return text[position] === character;
}

/** Passes white space; false if there was none. */
export function skipSpace(scanner: Scanner): boolean {
  return take(scanner, space) !== "";
}

/** The keyword that comes next, if one does; it stays where it is. */
export function nextKeyword(scanner: Scanner): string | undefined {
  const next = peek(scanner, word);
  return keyword.test(next) ? next : undefined;
}

/** Passes a comparator, if one comes next. */
export function takeComparator(scanner: Scanner): Comparator | undefined {
  const { text, position: start } = scanner;
  const run = take(scanner, comparison);
  if (run === "") {
    return undefined;
  }
  const symbol = symbols.get(run);
  if (symbol === undefined) {
    const problem = `${excerpt(run)} is no comparator; there are = != < <= > >= and :`;
    throw new FilterError(problem, text, start);
  }
  return { symbol, start, end: scanner.position };
}

/** Passes a word or a quoted string, if one comes next. */
export function takeSegment(scanner: Scanner, inValue: boolean): Segment | undefined {
  const { text, position: start } = scanner;
  if (isNext(scanner, '"') || isNext(scanner, "'")) {
    return takeString(scanner);
  }
  const taken = take(scanner, inValue ? valueWord : word);
  if (taken === "") {
    return undefined;
  }
  if (taken.startsWith("!")) {
    throw new FilterError(`expected NOT or -, found "!"`, text, start);
  }
  const next = text[scanner.position];
  if (next === '"' || next === "'" || next === "\\") {
    const problem = `unquoted text cannot hold ${next === "\\" ? "a backslash" : next}; quote the whole`;
    throw new FilterError(problem, text, scanner.position);
  }
  return { kind: "text", parts: taken.split("*"), start, end: scanner.position };
}

function takeString(scanner: Scanner): Segment {
  const { text, position: start } = scanner;
  const quote = text[start];
  const parts: string[] = [];
  let part = "";
  for (let i = start + 1; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === quote) {
      scanner.position = i + 1;
      return { kind: "string", parts: [...parts, part], start, end: i + 1 };
    }
    if (character === "*") {
      parts.push(part);
      part = "";
    } else if (character === "\\") {
      i++;
      const meant = escapes[text.charAt(i)];
      if (meant === undefined && i < text.length) {
        const known = `the escapes are \\\\ \\" \\' \\* \\n \\r and \\t`;
        throw new FilterError(`this is no escape; ${known}`, text, i - 1);
      }
      part += meant;
    } else {
      part += character;
    }
  }
  throw new FilterError("this string has no closing quote", text, start);
}

function take(scanner: Scanner, pattern: RegExp): string {
  const taken = peek(scanner, pattern);
  scanner.position += taken.length;
  return taken;
}

function peek({ text, position }: Scanner, pattern: RegExp): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? "";
}
