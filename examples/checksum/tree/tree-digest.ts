// SPDX-License-Identifier: Apache-2.0

import { createSHA256, type IHasher } from "hash-wasm";
import { type BytePath, pathBytes } from "./byte-path.ts";

/** The running digest of a tree, which another process can go on with. */
export interface TreeDigest {
  /** Takes in the line that sha256sum prints for a file. */
  add(file: { readonly path: BytePath; readonly digest: string }): void;
  /** The state that `resumeTreeDigest` takes. */
  save(): Uint8Array;
  /** SHA-256 in lower-case hexadecimal. Ends the digest. */
  digest(): string;
}

/** The digest of no files yet. */
export async function startTreeDigest(): Promise<TreeDigest> {
  return treeDigest((await createSHA256()).init());
}

/**
 * The digest as it was saved; undefined if this state is not one that this build of hash-wasm can
 * load, so that the tree must be digested from its beginning.
 */
export async function resumeTreeDigest(state: Uint8Array): Promise<TreeDigest | undefined> {
  const hasher = await createSHA256();
  try {
    return treeDigest(hasher.load(state));
  } catch {
    return undefined;
  }
}

function treeDigest(hasher: IHasher): TreeDigest {
  return {
    add({ path, digest }) {
      // A name that would break the line is escaped, and a backslash before the digest says so.
      const name = path.replace(/[\\\n\r]/g, (character) => escapes[character] ?? character);
      hasher.update(pathBytes(`${name === path ? "" : "\\"}${digest}  ${name}\n`));
    },
    save: () => hasher.save(),
    digest: () => hasher.digest("hex"),
  };
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
