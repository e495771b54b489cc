// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/** Sources by their path from the root of the repository. */
export type SourceTree = ReadonlyMap<string, string>;

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Reads the files of these folders whose names end so. */
export function readTree(folders: readonly string[], endings: readonly string[]): SourceTree {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(posix.join(root, folder), {
      recursive: true,
      withFileTypes: true,
    })) {
      const path = posix.join(entry.parentPath, entry.name);
      if (entry.isFile() && endings.some((ending) => path.endsWith(ending))) {
        tree.set(posix.relative(root, path), readFileSync(path, "utf8"));
      }
    }
  }
  return tree;
}

const importPatterns = [
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /(?<![.\w])import\(\s*["']([^"']+)["']/g,
];

/** What a source imports, types too: a path from the root for its own files, else as it stands. */
export function importsOf(path: string, source: string): string[] {
  const code = source.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return importPatterns
    .flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier = ""]) => specifier))
    .map((specifier) =>
      specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier,
    );
}
