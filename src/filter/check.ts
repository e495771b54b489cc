// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import type { CheckedFilter } from "./checked-filter.ts";
import type { FilterSyntax } from "./syntax.ts";

/** What a filter may ask for. */
export interface FilterSchema {
  /** The metadata types of all methods that are served. */
  readonly metadata: readonly DescMessage[];
}

/**
 * Resolves the fields of a filter and converts its values to their types.
 *
 * @throws FilterError that names the first place that does not fit.
 * @see AIP-160
 */
export function checkFilter(_filter: FilterSyntax, _schema: FilterSchema): CheckedFilter {
  throw new Error("not written yet");
}
