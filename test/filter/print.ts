// SPDX-License-Identifier: Apache-2.0

import type {
  Argument,
  Expression,
  FunctionCall,
  Member,
  Segment,
} from "../../src/filter/syntax.ts";

/** Writes an expression so that it parses to the same tree. */
export function print(expression: Expression): string {
  switch (expression.kind) {
    case "and":
      return expression.operands.map((part) => within(part, ["and"])).join(" AND ");
    case "sequence":
      return expression.operands.map((part) => within(part, ["and", "sequence"])).join(" ");
    case "or":
      return expression.operands
        .map((part) => within(part, ["and", "sequence", "or"]))
        .join(" OR ");
    case "not": {
      const operand = within(expression.operand, ["and", "sequence", "or", "not"]);
      return expression.operator === "-" ? `-${operand}` : `NOT ${operand}`;
    }
    case "restriction": {
      const { subject, comparison } = expression;
      return comparison === undefined
        ? comparable(subject)
        : `${comparable(subject)} ${comparison.comparator.symbol} ${argument(comparison.argument)}`;
    }
  }
}

function within(expression: Expression, loose: readonly Expression["kind"][]): string {
  const printed = print(expression);
  return loose.includes(expression.kind) ? `(${printed})` : printed;
}

function argument(value: Argument): string {
  return value.kind === "group" ? `(${print(value.expression)})` : comparable(value);
}

function comparable(value: Member | FunctionCall): string {
  return value.kind === "member"
    ? value.segments.map(segment).join(".")
    : `${value.name.map(segment).join(".")}(${value.args.map(argument).join(", ")})`;
}

function segment({ kind, parts }: Segment): string {
  return kind === "text"
    ? parts.join("*")
    : `"${parts.map((part) => part.replace(/[\\"*]/g, "\\$&")).join("*")}"`;
}

/** A tree without the places where its parts stood. */
export function withoutRanges(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value) => (key === "start" || key === "end" ? undefined : value)),
  );
}
