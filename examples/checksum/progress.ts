// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { StatusSchema } from "longrunning/google/rpc/status_pb.js";
import type { OperationContext } from "longrunning/server";
import { type BytePath, bytePath, pathBytes, pathText } from "./byte-path.ts";
import { countTree } from "./count.ts";
import type { DigestedEntry } from "./digest.ts";
import {
  type ChecksumTreeMetadata,
  type ChecksumTreeMetadata_Checkpoint,
  ChecksumTreeMetadata_CheckpointSchema,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponseSchema,
} from "./gen/checksum/v1/checksum_pb.ts";
import { resumeTreeDigest, startTreeDigest, type TreeDigest } from "./tree-digest.ts";

/** How far a digest has come, and its state. */
export interface Progress {
  /** What to report: it changes with each call of the others. */
  readonly metadata: ChecksumTreeMetadata;
  /** The path that was taken in last; empty before the first one. */
  lastPath(): BytePath;
  /** Takes note of bytes that were read. True now and then: when that is worth a report. */
  addBytes(bytes: number): boolean;
  /** Takes in the next file of the tree. */
  addEntry(entry: DigestedEntry): void;
  /** The digest of all that was taken in. */
  response(): MessageInitShape<typeof ChecksumTreeResponseSchema>;
}

type Context = OperationContext<
  ChecksumTreeMetadata,
  MessageInitShape<typeof ChecksumTreeMetadataSchema>
>;

/** Counts what there is to do, and reports on that. */
export async function beginProgress(root: BytePath, operation: Context): Promise<Progress> {
  const { attempt, signal } = operation;
  const totals = await countTree(root, {
    signal,
    onCount: (totals) => operation.report({ attempt, ...totals }),
  });
  const checkpoint = create(ChecksumTreeMetadata_CheckpointSchema);
  const metadata = create(ChecksumTreeMetadataSchema, { attempt, ...totals, checkpoint });
  return progressFrom(metadata, { checkpoint, tree: await startTreeDigest() });
}

/** Goes on where an earlier attempt stopped; undefined if there is no such place. */
export async function resumeProgress({
  attempt,
  metadata,
}: Context): Promise<Progress | undefined> {
  const checkpoint = metadata?.checkpoint;
  const tree = checkpoint && (await resumeTreeDigest(checkpoint.digestState));
  if (metadata === undefined || checkpoint === undefined || tree === undefined) {
    return undefined;
  }
  // What it had read of files that it did not finish is read again.
  metadata.bytesDone = checkpoint.bytesDigested;
  metadata.attempt = attempt;
  return progressFrom(metadata, { checkpoint, tree });
}

const mostWarnings = 10;
const bytesPerReport = 16 * 1024 * 1024;

function progressFrom(
  metadata: ChecksumTreeMetadata,
  state: { readonly checkpoint: ChecksumTreeMetadata_Checkpoint; readonly tree: TreeDigest },
): Progress {
  const { checkpoint, tree } = state;
  checkpoint.digestState = tree.save();
  let unreported = 0;
  return {
    metadata,
    lastPath: () => bytePath(checkpoint.lastPath),
    addBytes(bytes) {
      metadata.bytesDone += BigInt(bytes);
      unreported += bytes;
      const due = unreported >= bytesPerReport;
      unreported = due ? 0 : unreported;
      return due;
    },
    addEntry(entry) {
      const path = pathText(entry.path);
      if (entry.kind === "digested") {
        tree.add(entry);
        metadata.filesDone += 1n;
        checkpoint.bytesDigested += BigInt(entry.bytes);
      } else {
        const { code, message } = entry.reason;
        metadata.skipped += 1n;
        if (metadata.warnings.length < mostWarnings) {
          metadata.warnings.push(create(StatusSchema, { code, message: `${path}: ${message}` }));
        }
      }
      metadata.currentPath = path;
      checkpoint.lastPath = pathBytes(entry.path);
      checkpoint.digestState = tree.save();
    },
    response: () => ({
      treeDigest: tree.digest(),
      files: metadata.filesDone,
      bytes: checkpoint.bytesDigested,
      skipped: metadata.skipped,
    }),
  };
}
