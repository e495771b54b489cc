// SPDX-License-Identifier: Apache-2.0

import { basename } from "node:path";
import type { SourceTree } from "./source-tree.ts";

type Rule = (path: string, source: string) => string | undefined;

const longest = 400;
const grabBags = /(?:^|\/)(?:(?:.*-)?(?:utils?|helpers?)|common|types|libs?)(?:\/|\.|$)/;

/** No file grows so long that nobody reads it. */
export const short: Rule = (_, source) => {
  const lines = source.split("\n").length - 1;
  return lines > longest ? `has ${lines} lines, more than ${longest}` : undefined;
};

/** Every file is named for its one concept, in kebab-case. */
export const named: Rule = (path) => {
  if (grabBags.test(path)) {
    return "is named for a grab-bag";
  }
  return /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.[a-z]+$/.test(basename(path))
    ? undefined
    : "is not named in kebab-case";
};

/** Every file says under which licence it is, first of all. */
export const licensed: Rule = (_, source) =>
  /^(?:#!.*\n)?(?:\/\/|--) SPDX-License-Identifier: Apache-2\.0\n/.test(source)
    ? undefined
    : "does not begin with the SPDX line";

/** Every export is named. */
export const explicit: Rule = (_, source) => (/^export \*/m.test(source) ? "exports *" : undefined);

/** What each file does against a rule. */
export function breaches(tree: SourceTree, rule: Rule): string[] {
  return [...tree].flatMap(([path, source]) => {
    const breach = rule(path, source);
    return breach === undefined ? [] : [`${path} ${breach}`];
  });
}
