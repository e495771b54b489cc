// SPDX-License-Identifier: Apache-2.0

import type { CheckedFilter } from "./checked-filter.ts";
import type { StepCounter } from "./step-counter.ts";

/** What a filter reads of an operation. */
export interface FilterableOperation {
  readonly name: string;
  /** The full name of the method that started it: `acme.v1.Library/Reindex`. */
  readonly method: string;
  readonly done: boolean;
  /** Microseconds since the Unix epoch. */
  readonly createTimeUs: number;
  /** Microseconds since the Unix epoch; undefined until it is done. */
  readonly endTimeUs?: number | undefined;
  /** What it failed with. `message` is read at most once, and only if the filter needs it. */
  readonly error?: { readonly code: number; readonly message: string } | undefined;
  /** Its metadata as the callers see it; decoded at most once, and only if the filter needs it. */
  readonly metadata?: { readonly typeUrl: string; readonly value: Uint8Array } | undefined;
}

/** Options of `matches`. */
export interface MatchOptions {
  /** Counts the work, which is linear in the size of the filter times that of the operation. */
  readonly steps?: StepCounter | undefined;
}

/**
 * Whether an operation matches a filter. Metadata that does not decode, or is of a type that the
 * filter was not checked against, matches no comparison.
 */
export function matches(
  _filter: CheckedFilter,
  _operation: FilterableOperation,
  _options: MatchOptions = {},
): boolean {
  throw new Error("not written yet");
}
