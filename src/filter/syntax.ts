// SPDX-License-Identifier: Apache-2.0

/** A stretch of a filter: offsets in UTF-16 code units, the end exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A filter that was parsed, not yet checked against any schema. */
export interface FilterSyntax {
  readonly text: string;
  /** Undefined for a filter that is empty or white space, which matches everything. */
  readonly expression: Expression | undefined;
}

/**
 * An expression. Parentheses show in the shape of the tree alone; a range does not include those
 * around its node.
 */
export type Expression = Conjunction | Disjunction | Negation | Restriction;

/** Expressions that all have to match: joined by `AND`, or only by white space (a `sequence`). */
export interface Conjunction extends TextRange {
  readonly kind: "and" | "sequence";
  /** Two or more. */
  readonly operands: readonly Expression[];
}

/** Expressions of which one has to match. */
export interface Disjunction extends TextRange {
  readonly kind: "or";
  /** Two or more. */
  readonly operands: readonly Expression[];
}

/** An expression that must not match. */
export interface Negation extends TextRange {
  readonly kind: "not";
  readonly operator: "NOT" | "-";
  readonly operand: Expression;
}

/** A comparison, or what stands without a comparator: a text to search for. */
export interface Restriction extends TextRange {
  readonly kind: "restriction";
  readonly subject: Member | FunctionCall;
  readonly comparison: Comparison | undefined;
}

/** The right-hand side of a restriction. */
export interface Comparison {
  readonly comparator: Comparator;
  readonly argument: Argument;
}

/** A comparator and its place. */
export interface Comparator extends TextRange {
  readonly symbol: ComparatorSymbol;
}

/** The comparators of AIP-160; `:` is "has". */
export type ComparatorSymbol = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

/** A value, a function call, or an expression in parentheses. */
export type Argument = Member | FunctionCall | Group;

/** An expression in parentheses in the place of a value. */
export interface Group extends TextRange {
  readonly kind: "group";
  readonly expression: Expression;
}

/** One or more words or strings with dots between them: a path, or a value that has dots in it. */
export interface Member extends TextRange {
  readonly kind: "member";
  /** One or more. */
  readonly segments: readonly Segment[];
}

/** A function call: no function is offered, but the grammar knows them. */
export interface FunctionCall extends TextRange {
  readonly kind: "call";
  readonly name: readonly Segment[];
  readonly args: readonly Argument[];
}

/** A word, or a quoted string. */
export interface Segment extends TextRange {
  readonly kind: "text" | "string";
  /** Its text, without quotes and escapes, split at its wildcards: `a*b` is `["a", "b"]`. */
  readonly parts: readonly string[];
}
