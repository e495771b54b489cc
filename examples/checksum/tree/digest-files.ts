// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { type BytePath, pathBytes } from "./byte-path.ts";
import { readAhead } from "./read-ahead.ts";
import { notRegular, type SkipReason, skipReason } from "./skip-reason.ts";
import type { TreeEntry } from "./walk.ts";

/** A file with its digest, or what is not part of the tree's digest. */
export type DigestedEntry =
  | {
      readonly kind: "digested";
      readonly path: BytePath;
      /** SHA-256 in lower-case hexadecimal. */
      readonly digest: string;
      readonly bytes: number;
    }
  | { readonly kind: "skipped"; readonly path: BytePath; readonly reason: SkipReason };

export interface DigestOptions {
  readonly signal: AbortSignal;
  /** Is told of every piece that was read; what it throws ends the digesting. */
  readonly onRead: (bytes: number) => void;
}

// Enough to keep the disk busy while this thread hashes.
const filesAhead = 16;
const pieceBytes = 256 * 1024;

/** Digests files, several at a time, in their order. */
export async function* digestEntries(
  root: BytePath,
  entries: AsyncIterator<TreeEntry, void>,
  { signal, onRead }: DigestOptions,
): AsyncGenerator<DigestedEntry> {
  const buffers: Buffer[] = [];
  yield* readAhead(entries, {
    limit: filesAhead,
    signal,
    async map(entry, signal): Promise<DigestedEntry> {
      if (entry.kind === "skipped") {
        return entry;
      }
      const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
      try {
        const { path } = entry;
        return await digestFile(root, path, { buffer, signal, onRead });
      } finally {
        buffers.push(buffer);
      }
    },
  });
}

async function digestFile(
  root: BytePath,
  path: BytePath,
  { buffer, signal, onRead }: DigestOptions & { readonly buffer: Buffer },
): Promise<DigestedEntry> {
  try {
    await using file = await open(pathBytes(`${root}/${path}`), regularOnly);
    if (!(await file.stat()).isFile()) {
      return { kind: "skipped", path, reason: notRegular };
    }
    const hash = createHash("sha256");
    let bytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) {
        return { kind: "digested", path, digest: hash.digest("hex"), bytes };
      }
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
      onRead(bytesRead);
    }
  } catch (error) {
    const reason = skipReason(error);
    if (reason === undefined) {
      throw error;
    }
    return { kind: "skipped", path, reason };
  }
}

// A file that has become a link since its directory was read is not followed, and one that has become
// a pipe does not make `open` wait for a writer.
const regularOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
