// SPDX-License-Identifier: Apache-2.0

export type { RuleOptions } from "./rules.ts";
