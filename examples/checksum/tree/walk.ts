// SPDX-License-Identifier: Apache-2.0

import { opendir } from "node:fs/promises";
import { type BytePath, bytePath, pathBytes } from "./byte-path.ts";
import { type SkipReason, skipReason } from "./skip-reason.ts";

/** A regular file of a tree, or a directory that hides what lies below it. */
export type TreeEntry =
  | { readonly kind: "file"; readonly path: BytePath }
  | { readonly kind: "skipped"; readonly path: BytePath; readonly reason: SkipReason };

export interface WalkOptions {
  /** Yields only what comes after this path. Default: everything. */
  readonly after?: BytePath;
  readonly signal: AbortSignal;
}

/**
 * Walks a directory tree: every regular file, sorted by the bytes of its whole path relative to the
 * root. Links are not followed. A directory that cannot be read is one entry, its path with a slash.
 *
 * It holds no more than the names in the directories that lead to where it is.
 *
 * @throws the file system's error if the root cannot be read.
 */
export async function* walkTree(root: BytePath, options: WalkOptions): AsyncGenerator<TreeEntry> {
  const { after = "", signal } = options;
  const levels = [{ directory: "", names: await readNames(root, "", { after, signal }) }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.names.pop();
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const path = level.directory + name;
    if (!path.endsWith("/")) {
      yield { kind: "file", path };
      continue;
    }
    try {
      levels.push({ directory: path, names: await readNames(root, path, { after, signal }) });
    } catch (error) {
      const reason = skipReason(error);
      if (reason === undefined) {
        throw error;
      }
      if (path > after) {
        yield { kind: "skipped", path, reason };
      }
    }
  }
}

/**
 * The names in a directory that lead to something after a path, the last one first, to be popped.
 *
 * A directory's name ends in a slash: that gives it its place among the files beside it, which is
 * where the paths below it belong: `a-b`, `a.txt`, `a/b`, `a0`.
 */
async function readNames(
  root: BytePath,
  directory: BytePath,
  { after, signal }: Required<WalkOptions>,
): Promise<BytePath[]> {
  // A directory on the way to `after` is read in part, any other that is read at all as a whole.
  const rest = after.startsWith(directory) ? after.slice(directory.length) : "";
  const names: BytePath[] = [];
  for await (const entry of await opendir(pathBytes(`${root}/${directory}`), namesAsBytes)) {
    signal.throwIfAborted();
    if (entry.isDirectory()) {
      const name = `${bytePath(entry.name)}/`;
      if (name > rest || rest.startsWith(name)) {
        names.push(name);
      }
    } else if (entry.isFile()) {
      const name = bytePath(entry.name);
      if (name > rest) {
        names.push(name);
      }
    }
  }
  return names.sort().reverse();
}

// `opendir` knows "buffer" as `readdir` does; its types leave it out.
const namesAsBytes = { encoding: "buffer" as BufferEncoding, bufferSize: 256 };
