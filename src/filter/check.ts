// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { foldCase } from "./case-folding.ts";
import type { CheckedFilter, TextSearch } from "./checked-filter.ts";
import { compare } from "./compare.ts";
import { excerpt } from "./excerpt.ts";
import { FilterError } from "./filter-error.ts";
import { literalOf, nameOf } from "./literal.ts";
import { patternOf } from "./pattern.ts";
import { suggestion } from "./problem.ts";
import type {
  Expression,
  FilterSyntax,
  FunctionCall,
  Group,
  Member,
  Restriction,
  Segment,
} from "./syntax.ts";

/** What a filter may ask for. */
export interface FilterSchema {
  /** The metadata types of all methods that are served. */
  readonly metadata: readonly DescMessage[];
}

interface Checker {
  readonly text: string;
  readonly metadata: readonly DescMessage[];
}

/**
 * Resolves the fields of a filter and converts its values to their types. Names of fields are those
 * of the proto files, not those of JSON.
 *
 * @throws FilterError at the first place that does not fit.
 * @see AIP-160
 */
export function checkFilter(filter: FilterSyntax, schema: FilterSchema): CheckedFilter {
  const { text, expression } = filter;
  // What is declared as Any is packed as what it really is, so the fields of Any never match.
  const declared = schema.metadata.filter(({ typeName }) => typeName !== AnySchema.typeName);
  const metadata = [...new Map(declared.map((type) => [type.typeName, type])).values()];
  return expression === undefined
    ? { kind: "and", operands: [] }
    : checkExpression(expression, (restriction) =>
        checkRestriction({ text, metadata }, restriction),
      );
}

function checkExpression(
  expression: Expression,
  checkLeaf: (restriction: Restriction) => CheckedFilter,
): CheckedFilter {
  switch (expression.kind) {
    case "restriction":
      return checkLeaf(expression);
    case "not":
      return { kind: "not", operand: checkExpression(expression.operand, checkLeaf) };
    default: {
      const operands = expression.operands.map((operand) => checkExpression(operand, checkLeaf));
      return { kind: expression.kind === "or" ? "or" : "and", operands };
    }
  }
}

function checkRestriction(checker: Checker, restriction: Restriction): CheckedFilter {
  const subject = memberOf(checker, restriction.subject);
  const { comparison } = restriction;
  if (comparison === undefined) {
    return searchFor(subject);
  }
  const { comparator, argument } = comparison;
  const compareWith = (value: Member | FunctionCall): CheckedFilter => {
    const { segments, start, end } = memberOf(checker, value);
    const literal = literalOf(segments, { start, end });
    const found = compare({ comparator, literal, path: subject.segments }, checker.metadata);
    if (found.kind === "problem") {
      throw new FilterError(found.describe() + suggestion(found), checker.text, found.start);
    }
    return found;
  };
  if (argument.kind !== "group") {
    return compareWith(argument);
  }
  if (comparator.symbol === "!=") {
    const remedy = "negate a comparison by = or : instead";
    const problem = `!= takes a single value, since "not a or not b" is always true; ${remedy}`;
    throw new FilterError(problem, checker.text, comparator.start);
  }
  return checkGroup(checker, argument, compareWith);
}

/** `f = (a OR b)` is `f = a OR f = b`, and so on. */
function checkGroup(
  checker: Checker,
  group: Group,
  compareWith: (value: Member | FunctionCall) => CheckedFilter,
): CheckedFilter {
  return checkExpression(withSigns(group.expression), ({ subject, comparison }) => {
    if (comparison !== undefined) {
      const problem = "a value cannot be a comparison; a text with a comparator in it needs quotes";
      throw new FilterError(problem, checker.text, comparison.comparator.start);
    }
    return compareWith(subject);
  });
}

/** A minus directly before a word belongs to it where values stand: `(-30 OR 30)`. */
function withSigns(expression: Expression): Expression {
  switch (expression.kind) {
    case "restriction":
      return expression;
    case "not": {
      const { operator, operand, start } = expression;
      if (operator === "-" && operand.kind === "restriction" && operand.start === start + 1) {
        const [first, ...others] =
          operand.subject.kind === "member" ? operand.subject.segments : [];
        if (first?.kind === "text") {
          const [part, ...parts] = first.parts;
          const signed: Segment = { ...first, parts: [`-${part}`, ...parts], start };
          const subject: Member = {
            ...operand,
            kind: "member",
            segments: [signed, ...others],
            start,
          };
          return { ...operand, subject, start };
        }
      }
      return { ...expression, operand: withSigns(operand) };
    }
    default:
      return { ...expression, operands: expression.operands.map(withSigns) };
  }
}

/** A text without a field is looked for anywhere within what is searched. */
function searchFor(member: Member): TextSearch {
  const { parts } = literalOf(member.segments, member);
  return { kind: "search", pattern: patternOf(["", ...parts.map(foldCase), ""]) };
}

function memberOf({ text }: Checker, comparable: Member | FunctionCall): Member {
  if (comparable.kind === "member") {
    return comparable;
  }
  const name = comparable.name.map(nameOf).join(".");
  throw new FilterError(
    `${excerpt(name)} is called as a function, and there are none`,
    text,
    comparable.start,
  );
}
