// SPDX-License-Identifier: Apache-2.0

import type { DeclaredOperation } from "./declared-operations.ts";
import type { ImportGraph } from "./import-graph.ts";

/** Files that are whole together: what they import, and what their operations name. */
export interface Selection {
  readonly files: ReadonlySet<string>;
  /** The operations in any of the files. */
  readonly operations: readonly DeclaredOperation[];
}

/** Adds to some files all that they need. */
export function selectionOf(
  chosen: Iterable<string>,
  operations: readonly DeclaredOperation[],
  imports: ImportGraph,
): Selection {
  const files = new Set(chosen);
  for (const path of files) {
    for (const imported of imports.importsOf(path)) {
      files.add(imported);
    }
    for (const { file, types = [] } of operations) {
      if (file.name === path) {
        for (const type of types) {
          files.add(type.file);
        }
      }
    }
  }
  return { files, operations: operations.filter(({ file }) => files.has(file.name)) };
}
