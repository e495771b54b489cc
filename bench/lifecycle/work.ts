// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { progress, response } from "../workload/messages.ts";

/** What is done in an operation, whoever keeps it. */
export type Work = (operation: {
  report(metadata: MessageInitShape<typeof ChecksumTreeMetadataSchema>): unknown;
}) => Promise<MessageInitShape<typeof ChecksumTreeResponseSchema>>;

/** Operations that run as soon as they are started, and end by themselves. */
export interface Lives {
  start(): Promise<unknown>;
  /** Forgets those that have ended, so that the next round begins as the first one did. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** Five reports that nobody awaits, and a response. */
export const reportFiveTimes: Work = async (operation) => {
  for (let n = 1; n <= 5; n++) {
    operation.report(progress(n));
  }
  return response;
};
