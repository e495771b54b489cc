// SPDX-License-Identifier: Apache-2.0

import { clone, create, type MessageInitShape } from "@bufbuild/protobuf";
import { StatusSchema } from "longrunning/google/rpc/status_pb.js";
import type { OperationContext } from "longrunning/server";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadata_CheckpointSchema,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponseSchema,
} from "./gen/checksum/v1/checksum_pb.ts";
import { type BytePath, bytePath, pathBytes, pathText } from "./tree/byte-path.ts";
import { countTree } from "./tree/count.ts";
import type { DigestedEntry } from "./tree/digest-files.ts";
import { resumeTreeDigest, startTreeDigest, type TreeDigest } from "./tree/tree-digest.ts";

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

/** Counts what there is to do, and reports on that. */
export async function beginProgress(
  root: string,
  operation: OperationContext<ChecksumTreeMetadata>,
): Promise<Progress> {
  const { attempt, signal } = operation;
  const totals = await countTree(bytePath(root), {
    signal,
    onCount: (totals) => operation.report({ root, attempt, ...totals }),
  });
  const metadata = create(ChecksumTreeMetadataSchema, { root, attempt, ...totals });
  return progressFrom(metadata, await startTreeDigest());
}

/** Goes on where an earlier attempt stopped; undefined if it does not tell, or was elsewhere. */
export async function resumeProgress(
  root: string,
  {
    attempt,
    metadata: earlier,
  }: { readonly attempt: number; readonly metadata: ChecksumTreeMetadata | undefined },
): Promise<Progress | undefined> {
  if (earlier?.checkpoint === undefined || earlier.root !== root) {
    return undefined;
  }
  const tree = await resumeTreeDigest(earlier.checkpoint.digestState);
  if (tree === undefined) {
    return undefined;
  }
  const metadata = clone(ChecksumTreeMetadataSchema, earlier);
  metadata.attempt = attempt;
  // What was read of files that were not finished is read again.
  metadata.bytesDone = earlier.checkpoint.bytesDigested;
  return progressFrom(metadata, tree);
}

const mostWarnings = 10;
const bytesPerReport = 16 * 1024 * 1024;

function progressFrom(metadata: ChecksumTreeMetadata, tree: TreeDigest): Progress {
  const { checkpoint = create(ChecksumTreeMetadata_CheckpointSchema) } = metadata;
  checkpoint.digestState = tree.save();
  metadata.checkpoint = checkpoint;
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
