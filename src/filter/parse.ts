// SPDX-License-Identifier: Apache-2.0

import { FilterError } from "./filter-error.ts";
import {
  countTerm,
  enterParenthesis,
  type LimitedScanner,
  leaveParenthesis,
  limitedScanner,
} from "./limited-scanner.ts";
import { takeNegation, takeOperator } from "./logical-operators.ts";
import {
  atEnd,
  isNext,
  nextKeyword,
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
  Restriction,
  Segment,
} from "./syntax.ts";

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
  const scanner = limitedScanner(text);
  skipSpace(scanner);
  if (atEnd(scanner)) {
    return { text, expression: undefined };
  }
  const expression = parseExpression(scanner);
  if (!atEnd(scanner)) {
    throw unexpected(scanner, "AND, OR or the end of the filter");
  }
  return { text, expression };
}

/** Sequences joined by AND. White space after it is passed, too. */
function parseExpression(scanner: LimitedScanner): Expression {
  const operands = [parseSequence(scanner)];
  while (nextKeyword(scanner) === "AND") {
    takeOperator(scanner, "AND");
    operands.push(parseSequence(scanner));
  }
  return joined("and", operands);
}

/** Factors with nothing but white space between them. */
function parseSequence(scanner: LimitedScanner): Expression {
  const operands: Expression[] = [];
  do {
    const { factor, spaceAfter } = parseFactor(scanner);
    operands.push(factor);
    if (atEnd(scanner) || isNext(scanner, ")")) {
      break;
    }
    if (!spaceAfter) {
      throw unexpected(scanner, "white space, AND or OR");
    }
  } while (nextKeyword(scanner) !== "AND");
  return joined("sequence", operands);
}

/** Terms joined by OR. White space after it is passed, too. */
function parseFactor(scanner: LimitedScanner): { factor: Expression; spaceAfter: boolean } {
  const operands = [parseTerm(scanner)];
  let spaceAfter = skipSpace(scanner);
  while (spaceAfter && nextKeyword(scanner) === "OR") {
    takeOperator(scanner, "OR");
    operands.push(parseTerm(scanner));
    spaceAfter = skipSpace(scanner);
  }
  return { factor: joined("or", operands), spaceAfter };
}

function parseTerm(scanner: LimitedScanner): Expression {
  const start = scanner.position;
  const operator = takeNegation(scanner);
  if (operator === undefined) {
    return parseSimple(scanner);
  }
  if (isNext(scanner, "-") || nextKeyword(scanner) === "NOT") {
    const problem = "a negation of a negation needs parentheses";
    throw new FilterError(problem, scanner.text, scanner.position);
  }
  const operand = parseSimple(scanner);
  return { kind: "not", operator, operand, start, end: scanner.position };
}

function parseSimple(scanner: LimitedScanner): Expression {
  return isNext(scanner, "(") ? parseComposite(scanner) : parseRestriction(scanner);
}

function parseComposite(scanner: LimitedScanner): Expression {
  const open = scanner.position;
  enterParenthesis(scanner);
  skipSpace(scanner);
  const expression = parseExpression(scanner);
  if (atEnd(scanner)) {
    throw new FilterError(`this "(" has no ")"`, scanner.text, open);
  }
  if (!isNext(scanner, ")")) {
    throw unexpected(scanner, `AND, OR or ")"`);
  }
  leaveParenthesis(scanner);
  return expression;
}

function parseRestriction(scanner: LimitedScanner): Restriction {
  const { position: start } = scanner;
  countTerm(scanner);
  if (nextKeyword(scanner) !== undefined) {
    throw unexpected(scanner, "a field or a text");
  }
  const subject = parseComparable(scanner, { inValue: false, expected: "a field or a text" });
  const { position: end } = scanner;
  skipSpace(scanner);
  const comparison = parseComparison(scanner);
  if (comparison === undefined) {
    // The white space separates this restriction from what follows.
    scanner.position = end;
  }
  return { kind: "restriction", subject, comparison, start, end: scanner.position };
}

function parseComparison(scanner: LimitedScanner): Comparison | undefined {
  const comparator = takeComparator(scanner);
  if (comparator === undefined) {
    return undefined;
  }
  skipSpace(scanner);
  return { comparator, argument: parseArgument(scanner) };
}

function parseArgument(scanner: LimitedScanner): Argument {
  if (isNext(scanner, "(")) {
    const start = scanner.position;
    const expression = parseComposite(scanner);
    return { kind: "group", expression, start, end: scanner.position };
  }
  if (nextKeyword(scanner) !== undefined) {
    throw unexpected(scanner, "a value (a keyword needs quotes to be one)");
  }
  return parseComparable(scanner, { inValue: true, expected: "a value" });
}

interface Place {
  /** After a comparator, where a word may hold colons. */
  readonly inValue: boolean;
  readonly expected: string;
}

/** A member, or a function call if it is followed directly by a parenthesis. */
function parseComparable(
  scanner: LimitedScanner,
  { inValue, expected }: Place,
): Member | FunctionCall {
  const { position: start } = scanner;
  const segments: Segment[] = [];
  do {
    if (segments.length > 0) {
      scanner.position++;
    }
    const segment = takeSegment(scanner, inValue);
    if (segment === undefined) {
      throw unexpected(scanner, segments.length > 0 ? `a name directly after "."` : expected);
    }
    segments.push(segment);
  } while (isNext(scanner, "."));
  if (isNext(scanner, "(") && segments.every(({ kind }) => kind === "text")) {
    const args = parseArguments(scanner);
    return { kind: "call", name: segments, args, start, end: scanner.position };
  }
  return { kind: "member", segments, start, end: scanner.position };
}

function parseArguments(scanner: LimitedScanner): Argument[] {
  const args: Argument[] = [];
  enterParenthesis(scanner);
  skipSpace(scanner);
  while (!isNext(scanner, ")")) {
    if (args.length > 0) {
      if (!isNext(scanner, ",")) {
        throw unexpected(scanner, `"," or ")"`);
      }
      scanner.position++;
      skipSpace(scanner);
    }
    args.push(parseArgument(scanner));
    skipSpace(scanner);
  }
  leaveParenthesis(scanner);
  return args;
}

function joined(kind: "and" | "sequence" | "or", operands: readonly Expression[]): Expression {
  const [first, ...others] = operands;
  const last = others.at(-1);
  if (first === undefined) {
    throw new Error(`${kind} of nothing`);
  }
  return last === undefined ? first : { kind, operands, start: first.start, end: last.end };
}
