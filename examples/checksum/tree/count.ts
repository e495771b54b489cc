// SPDX-License-Identifier: Apache-2.0

import { lstat } from "node:fs/promises";
import { type BytePath, pathBytes } from "./byte-path.ts";
import { readAhead } from "./read-ahead.ts";
import { skipReason } from "./skip-reason.ts";
import { walkTree } from "./walk.ts";

/** What a tree holds. */
export interface TreeTotals {
  readonly filesTotal: bigint;
  readonly bytesTotal: bigint;
}

export interface CountOptions {
  readonly signal: AbortSignal;
  /** Is told now and then how far the count has come; what it throws ends it. */
  readonly onCount: (totals: TreeTotals) => void;
}

/** Counts the regular files below a directory, and their bytes. What cannot be read does not count. */
export async function countTree(
  root: BytePath,
  { signal, onCount }: CountOptions,
): Promise<TreeTotals> {
  let filesTotal = 0n;
  let bytesTotal = 0n;
  const sizes = readAhead(walkTree(root, { signal }), {
    limit: 16,
    signal,
    map: ({ kind, path }) => (kind === "file" ? sizeOf(root, path) : Promise.resolve(undefined)),
  });
  for await (const bytes of sizes) {
    if (bytes === undefined) {
      continue;
    }
    filesTotal += 1n;
    bytesTotal += BigInt(bytes);
    if (filesTotal % 500n === 0n) {
      onCount({ filesTotal, bytesTotal });
    }
  }
  return { filesTotal, bytesTotal };
}

async function sizeOf(root: BytePath, path: BytePath): Promise<number | undefined> {
  try {
    return (await lstat(pathBytes(`${root}/${path}`))).size;
  } catch (error) {
    if (skipReason(error) === undefined) {
      throw error;
    }
    return undefined;
  }
}
