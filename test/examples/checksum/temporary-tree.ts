// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type BytePath, bytePath, pathBytes } from "../../../examples/checksum/tree/byte-path.ts";

/** A directory of its own, removed at the end of the block that holds it. */
export interface TemporaryTree extends AsyncDisposable {
  /** Absolute, without links in it. */
  readonly root: string;
  /** The absolute path of something in it. */
  path(relative: string): string;
  /** Writes files, and the directories on the way to them. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  /** Writes an empty file under a name that need not be UTF-8. */
  writeBytes(path: BytePath): Promise<void>;
}

export async function temporaryTree(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<TemporaryTree> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "checksum-")));
  const tree: TemporaryTree = {
    root,
    path: (relative) => join(root, relative),
    async write(more) {
      for (const [path, content] of Object.entries(more)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), content);
      }
    },
    async writeBytes(path) {
      const absolute = `${bytePath(root)}/${path}`;
      await mkdir(pathBytes(absolute.slice(0, absolute.lastIndexOf("/"))), { recursive: true });
      await writeFile(pathBytes(absolute), "");
    },
    async [Symbol.asyncDispose]() {
      // Not by Node: it cannot remove what lies too deep for a path.
      await promisify(execFile)("rm", ["-rf", root]);
    },
  };
  await tree.write(files);
  return tree;
}
