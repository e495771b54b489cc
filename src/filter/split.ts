// SPDX-License-Identifier: Apache-2.0

import type { CheckedFilter, FilterLeaf } from "./checked-filter.ts";

/** The parts of a filter that all have to match, as many as there are. */
export function conjunctsOf(filter: CheckedFilter): CheckedFilter[] {
  if (filter.kind === "and") {
    return filter.operands.flatMap(conjunctsOf);
  }
  if (filter.kind === "not" && filter.operand.kind === "or") {
    return filter.operand.operands.flatMap((operand) => conjunctsOf({ kind: "not", operand }));
  }
  return filter.kind === "not" && filter.operand.kind === "not"
    ? conjunctsOf(filter.operand.operand)
    : [filter];
}

/** A filter in two parts: an operation matches it exactly if it matches both. */
export interface SplitFilter {
  /** What consists only of leaves that the store evaluates. */
  readonly pushed: CheckedFilter;
  /** The rest, for `matches`. */
  readonly rest: CheckedFilter;
}

/** Takes out of a filter what a store evaluates itself, going by the leaves that it can. */
export function splitFilter(
  filter: CheckedFilter,
  canEvaluate: (leaf: FilterLeaf) => boolean,
): SplitFilter {
  const pushed: CheckedFilter[] = [];
  const rest: CheckedFilter[] = [];
  for (const conjunct of conjunctsOf(filter)) {
    (isWhole(conjunct, canEvaluate) ? pushed : rest).push(conjunct);
  }
  return { pushed: conjunctionOf(pushed), rest: conjunctionOf(rest) };
}

/** Whether every leaf passes. */
function isWhole(filter: CheckedFilter, canEvaluate: (leaf: FilterLeaf) => boolean): boolean {
  switch (filter.kind) {
    case "and":
    case "or":
      return filter.operands.every((operand) => isWhole(operand, canEvaluate));
    case "not":
      return isWhole(filter.operand, canEvaluate);
    default:
      return canEvaluate(filter);
  }
}

function conjunctionOf(operands: readonly CheckedFilter[]): CheckedFilter {
  const [only, ...others] = operands;
  return only !== undefined && others.length === 0 ? only : { kind: "and", operands };
}
