// SPDX-License-Identifier: Apache-2.0

import { FilterError } from "./filter-error.ts";
import { maxFilterDepth, maxFilterLength, maxFilterTerms } from "./limits.ts";
import {
  atEnd,
  isNext,
  nextKeyword,
  type Scanner,
  skipSpace,
  takeComparator,
  takeSegment,
  unexpected,
} from "./scanner.ts";
import type {
  Argument,
  Comparison,
  Expression,
  FilterSyntax,
  FunctionCall,
  Member,
  Negation,
  Restriction,
  Segment,
} from "./syntax.ts";

/** What is being parsed, and how much of the limits it has used. */
interface Parser extends Scanner {
  depth: number;
  terms: number;
}

/**
 * Parses a filter, by the whole grammar of AIP-160, in time linear in its length.
 *
 * A negation stands directly before what it negates, so `NOT NOT a` needs parentheses. White space
 * is needed wherever the grammar has it: between two factors and around `AND` and `OR`.
 *
 * @throws FilterError where the text breaks the grammar or exceeds a limit.
 * @see AIP-160
 */
export function parseFilter(text: string): FilterSyntax {
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
  const parser: Parser = { text, position: 0, depth: 0, terms: 0 };
  skipSpace(parser);
  if (atEnd(parser)) {
    return { text, expression: undefined };
  }
  const expression = parseExpression(parser);
  if (!atEnd(parser)) {
    throw unexpected(parser, "AND, OR or the end of the filter");
  }
  return { text, expression };
}

/** Sequences joined by AND. White space after it is passed, too. */
function parseExpression(parser: Parser): Expression {
  const operands = [parseSequence(parser)];
  while (nextKeyword(parser) === "AND") {
    takeOperator(parser, "AND");
    operands.push(parseSequence(parser));
  }
  return joined("and", operands);
}

/** Factors with nothing but white space between them. */
function parseSequence(parser: Parser): Expression {
  const operands: Expression[] = [];
  do {
    const { factor, spaceAfter } = parseFactor(parser);
    operands.push(factor);
    if (atEnd(parser) || isNext(parser, ")")) {
      break;
    }
    if (!spaceAfter) {
      throw unexpected(parser, "white space, AND or OR");
    }
  } while (nextKeyword(parser) !== "AND");
  return joined("sequence", operands);
}

/** Terms joined by OR. White space after it is passed, too. */
function parseFactor(parser: Parser): { factor: Expression; spaceAfter: boolean } {
  const operands = [parseTerm(parser)];
  let spaceAfter = skipSpace(parser);
  while (spaceAfter && nextKeyword(parser) === "OR") {
    takeOperator(parser, "OR");
    operands.push(parseTerm(parser));
    spaceAfter = skipSpace(parser);
  }
  return { factor: joined("or", operands), spaceAfter };
}

function parseTerm(parser: Parser): Expression {
  const start = parser.position;
  const operator = takeNegation(parser);
  if (operator === undefined) {
    return parseSimple(parser);
  }
  if (isNext(parser, "-") || nextKeyword(parser) === "NOT") {
    const problem = "a negation of a negation needs parentheses";
    throw new FilterError(problem, parser.text, parser.position);
  }
  const operand = parseSimple(parser);
  return { kind: "not", operator, operand, start, end: parser.position };
}

function takeNegation(parser: Parser): Negation["operator"] | undefined {
  if (nextKeyword(parser) === "NOT") {
    takeOperator(parser, "NOT");
    return "NOT";
  }
  if (!isNext(parser, "-")) {
    return undefined;
  }
  parser.position++;
  if (atEnd(parser) || /\s/.test(parser.text.charAt(parser.position))) {
    throw unexpected(parser, "a field or a text directly after -");
  }
  return "-";
}

function takeOperator(parser: Parser, operator: string): void {
  parser.position += operator.length;
  if (!skipSpace(parser) && !atEnd(parser)) {
    throw unexpected(parser, `white space after ${operator} (a word of that name needs quotes)`);
  }
}

function parseSimple(parser: Parser): Expression {
  return isNext(parser, "(") ? parseComposite(parser) : parseRestriction(parser);
}

function parseComposite(parser: Parser): Expression {
  const open = parser.position;
  enter(parser);
  skipSpace(parser);
  const expression = parseExpression(parser);
  if (atEnd(parser)) {
    throw new FilterError(`this "(" has no ")"`, parser.text, open);
  }
  if (!isNext(parser, ")")) {
    throw unexpected(parser, `AND, OR or ")"`);
  }
  leave(parser);
  return expression;
}

function parseRestriction(parser: Parser): Restriction {
  const start = parser.position;
  parser.terms++;
  if (parser.terms > maxFilterTerms) {
    const problem = `a filter has at most ${maxFilterTerms} comparisons, searches and values`;
    throw new FilterError(problem, parser.text, start);
  }
  if (nextKeyword(parser) !== undefined) {
    throw unexpected(parser, "a field or a text");
  }
  const subject = parseComparable(parser, { inValue: false, expected: "a field or a text" });
  const { position: end } = parser;
  skipSpace(parser);
  const comparison = parseComparison(parser);
  if (comparison === undefined) {
    // The white space separates this restriction from what follows.
    parser.position = end;
  }
  return { kind: "restriction", subject, comparison, start, end: parser.position };
}

function parseComparison(parser: Parser): Comparison | undefined {
  const comparator = takeComparator(parser);
  if (comparator === undefined) {
    return undefined;
  }
  skipSpace(parser);
  return { comparator, argument: parseArgument(parser) };
}

function parseArgument(parser: Parser): Argument {
  if (isNext(parser, "(")) {
    const start = parser.position;
    const expression = parseComposite(parser);
    return { kind: "group", expression, start, end: parser.position };
  }
  if (nextKeyword(parser) !== undefined) {
    throw unexpected(parser, "a value (a keyword needs quotes to be one)");
  }
  return parseComparable(parser, { inValue: true, expected: "a value" });
}

interface Place {
  /** After a comparator, where a word may hold colons. */
  readonly inValue: boolean;
  readonly expected: string;
}

/** A member, or a function call if it is followed directly by a parenthesis. */
function parseComparable(parser: Parser, { inValue, expected }: Place): Member | FunctionCall {
  const { position: start } = parser;
  const segments: Segment[] = [];
  do {
    if (segments.length > 0) {
      parser.position++;
    }
    const segment = takeSegment(parser, inValue);
    if (segment === undefined) {
      throw unexpected(parser, segments.length > 0 ? `a name directly after "."` : expected);
    }
    segments.push(segment);
  } while (isNext(parser, "."));
  if (isNext(parser, "(") && segments.every(({ kind }) => kind === "text")) {
    const args = parseArguments(parser);
    return { kind: "call", name: segments, args, start, end: parser.position };
  }
  return { kind: "member", segments, start, end: parser.position };
}

function parseArguments(parser: Parser): Argument[] {
  const args: Argument[] = [];
  enter(parser);
  skipSpace(parser);
  while (!isNext(parser, ")")) {
    if (args.length > 0) {
      if (!isNext(parser, ",")) {
        throw unexpected(parser, `"," or ")"`);
      }
      parser.position++;
      skipSpace(parser);
    }
    args.push(parseArgument(parser));
    skipSpace(parser);
  }
  leave(parser);
  return args;
}

function enter(parser: Parser): void {
  if (parser.depth === maxFilterDepth) {
    const problem = `parentheses nest at most ${maxFilterDepth} deep`;
    throw new FilterError(problem, parser.text, parser.position);
  }
  parser.depth++;
  parser.position++;
}

function leave(parser: Parser): void {
  parser.depth--;
  parser.position++;
}

function joined(kind: "and" | "sequence" | "or", operands: readonly Expression[]): Expression {
  const [first, ...others] = operands;
  const last = others.at(-1);
  if (first === undefined) {
    throw new Error(`${kind} of nothing`);
  }
  return last === undefined ? first : { kind, operands, start: first.start, end: last.end };
}
