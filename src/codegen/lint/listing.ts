// SPDX-License-Identifier: Apache-2.0

import { ruleIds, rules } from "./rules.ts";

/** The one category of all rules. */
export const category = {
  id: "AIP",
  purpose: "Checks that long-running RPCs are as Google's API improvement proposals have them.",
} as const;

/** Every rule, as `ListRules` has it, but for its type. */
export const listedRules: readonly {
  readonly id: string;
  readonly categoryIds: string[];
  readonly default: true;
  readonly purpose: string;
}[] = ruleIds.map((id) => ({
  id,
  categoryIds: [category.id],
  default: true,
  purpose: rules[id],
}));

/** How many of anything a page has at most, if the request leaves that open. */
export const defaultPageSize = 250;
