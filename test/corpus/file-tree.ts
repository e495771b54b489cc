// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The files below a folder, by their paths from there. */
export function pathsOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** The same, with their contents. */
export function readFiles(directory: string): ReadonlyMap<string, string> {
  return new Map(
    pathsOf(directory).map((path) => [path, readFileSync(join(directory, path), "utf8")]),
  );
}

/** Moves all files below a folder to others, each to the same path from there. */
export function moveFiles(from: string, to: (path: string) => string): void {
  for (const path of pathsOf(from)) {
    const target = join(to(path), path);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(from, path), target);
  }
}
