// SPDX-License-Identifier: Apache-2.0

export { checkFilter, type FilterSchema } from "./check.ts";
export type {
  CheckedFilter,
  FieldComparison,
  FieldPresence,
  FilterLeaf,
  MetadataComparison,
  TextSearch,
} from "./checked-filter.ts";
export { type FilterableOperation, type MatchOptions, matches } from "./evaluate.ts";
export { FilterError } from "./filter-error.ts";
export { maxFilterDepth, maxFilterLength, maxFilterTerms } from "./limits.ts";
export { parseFilter } from "./parse.ts";
export { type Pattern, partsOf } from "./pattern.ts";
export { conjunctsOf, type SplitFilter, splitFilter } from "./split.ts";
export type { StepCounter } from "./step-counter.ts";
export type { FilterSyntax } from "./syntax.ts";
