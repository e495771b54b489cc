// SPDX-License-Identifier: Apache-2.0

import type { Client, ConnectError } from "@connectrpc/connect";
import { type OperationOutcome, outcomeOf } from "longrunning";
import type { Operations } from "longrunning/google/longrunning/operations_pb.js";
import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";
import type { ChecksumTreeMetadata, ChecksumTreeResponse } from "./gen/checksum/v1/checksum_pb.ts";
import { patiently } from "./patience.ts";

export type ChecksumOutcome = OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>;

interface FollowOptions {
  readonly onProgress: (metadata: ChecksumTreeMetadata) => void;
  /** Is told when the server stops to answer. */
  readonly onAway: (error: ConnectError) => void;
}

/** Waits until an operation has ended, for as long as that takes, through restarts of its server. */
export async function follow(
  operations: Client<typeof Operations>,
  name: string,
  { onProgress, onAway }: FollowOptions,
): Promise<ChecksumOutcome> {
  for (;;) {
    // Answers when the operation has ended, or in a second with how far it has come.
    const operation = await patiently(
      () => operations.waitOperation({ name, timeout: { seconds: 1n } }),
      { onAway },
    );
    const outcome = outcomeOf(operation, ChecksumServiceOperations.operations.checksumTree);
    if (outcome.kind !== "running") {
      return outcome;
    }
    if (outcome.metadata !== undefined) {
      onProgress(outcome.metadata);
    }
  }
}
