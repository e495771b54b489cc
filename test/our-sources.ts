// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};

/**
 * The sources of what package.json exports, by the specifiers that it is imported under; a star stands
 * for the same text in both. Tests see them where a user's import sees the built package.
 */
export const ourSources: ReadonlyMap<string, string> = new Map(
  Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [[posix.join(manifest.name, subpath), sourceOfBuilt(target.default)]],
  ),
);

function sourceOfBuilt(path: string): string {
  return join(root, path.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts"));
}

/** The source that a specifier stands for; undefined if it is no import of this package. */
export function sourceOf(specifier: string): string | undefined {
  const exact = ourSources.get(specifier);
  if (exact !== undefined) {
    return exact;
  }
  for (const [pattern, source] of ourSources) {
    const [start = "", end] = pattern.split("*");
    if (end !== undefined && specifier.startsWith(start) && specifier.endsWith(end)) {
      return source.replace("*", specifier.slice(start.length, specifier.length - end.length));
    }
  }
  return undefined;
}
