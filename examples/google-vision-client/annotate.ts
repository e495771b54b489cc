// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { type OperationOutcome, outcomeOf } from "longrunning";
import { Operations } from "longrunning/google/longrunning/operations_pb.js";
import { ImageAnnotatorOperations } from "./gen/google/cloud/vision/v1/image_annotator_longrunning.ts";
import type {
  AsyncBatchAnnotateFilesRequestSchema,
  AsyncBatchAnnotateFilesResponse,
  OperationMetadata,
} from "./gen/google/cloud/vision/v1/image_annotator_pb.ts";

export type AnnotateOutcome = OperationOutcome<AsyncBatchAnnotateFilesResponse, OperationMetadata>;

interface AnnotateOptions {
  /** Is told of the operation as it is found, first of all when it has just been started. */
  readonly onProgress: (name: string, metadata: OperationMetadata | undefined) => void;
  /** Lets this much time pass between two looks. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

const longestSleepMs = 10_000;

/** Starts the annotation of files, and looks at it ever more rarely until it has ended. */
export async function annotateFiles(
  transport: Transport,
  request: MessageInitShape<typeof AsyncBatchAnnotateFilesRequestSchema>,
  { onProgress, sleep }: AnnotateOptions,
): Promise<AnnotateOutcome> {
  const annotator = createClient(ImageAnnotatorOperations, transport);
  const operations = createClient(Operations, transport);

  let operation = await annotator.asyncBatchAnnotateFiles(request);
  for (let ms = 500; ; ms = Math.min(1.5 * ms, longestSleepMs)) {
    const outcome = outcomeOf(
      operation,
      ImageAnnotatorOperations.operations.asyncBatchAnnotateFiles,
    );
    if (outcome.kind !== "running") {
      return outcome;
    }
    onProgress(outcome.name, outcome.metadata);
    await sleep(ms);
    // Google's services have no WaitOperation.
    operation = await operations.getOperation({ name: outcome.name });
  }
}
