// SPDX-License-Identifier: Apache-2.0

import type { FilterSyntax } from "./syntax.ts";

/**
 * Parses a filter, by the whole grammar of AIP-160.
 *
 * @throws FilterError where the text breaks the grammar or exceeds a limit.
 * @see AIP-160
 */
export function parseFilter(_text: string): FilterSyntax {
  throw new Error("not written yet");
}
