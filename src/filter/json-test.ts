// SPDX-License-Identifier: Apache-2.0

import type { Pattern } from "./pattern.ts";
import type { OrderOperator } from "./value-test.ts";

/**
 * What a place in a `google.protobuf.Value` has to pass. Its type is known only when it is read, so
 * the value of the filter is kept in each reading that it has.
 */
export interface JsonTest {
  /** The keys from the value to the place. */
  readonly path: readonly string[];
  /** `:`: a list on the way, or at its end, has an element that passes. */
  readonly has: boolean;
  /** Undefined: that there is something at this place. */
  readonly value: JsonComparison | undefined;
}

/** The value of a filter in each type that it may be compared with. */
export interface JsonComparison {
  readonly kind: "comparison";
  readonly operator: OrderOperator;
  /** What a string has to equal, or, without wildcards, is ordered by. */
  readonly text: string;
  readonly pattern: Pattern;
  /** Undefined where the text is no number. */
  readonly number: number | undefined;
  /** Undefined where the text is not `true` or `false`. */
  readonly bool: boolean | undefined;
}
