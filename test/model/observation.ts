// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf } from "../../src/index.ts";
import type { TreeOutcome } from "../server/replica.ts";
import type { Ending, Observation } from "./model.ts";

/** What an answer says, in the words of the model. */
export function observationOf(operation: Operation | undefined): Observation {
  if (operation === undefined) {
    return { kind: "absent" };
  }
  const outcome = outcomeOf(operation, ChecksumServiceOperations.operations.checksumTree);
  const progress = Number(outcome.metadata?.filesDone ?? 0);
  return { kind: "present", ending: endingOf(outcome), progress };
}

function endingOf(outcome: TreeOutcome): Ending | undefined {
  switch (outcome.kind) {
    case "running":
      return undefined;
    case "succeeded":
      return outcome.response.treeDigest;
    case "failed":
      return outcome.error.code === Code.Aborted ? "lost" : outcome.error.rawMessage;
    default:
      return outcome.kind;
  }
}
