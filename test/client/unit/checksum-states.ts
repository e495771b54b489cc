// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import type { Operation } from "../../../gen/google/longrunning/operations_pb.ts";
import type { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { failed, packAny, running, succeeded } from "../../../src/index.ts";

/** Of every operation here. */
export const name = "operations/1";

/** What operations of this name are declared to hold. */
export const types: typeof ChecksumServiceOperations.operations.checksumTree =
  ChecksumServiceOperations.operations.checksumTree;

const metadata = (filesDone: number) =>
  packAny(ChecksumTreeMetadataSchema, { filesDone: BigInt(filesDone) });

/** The operation, still running, after so many files. */
export function at(filesDone: number): Operation {
  return running({ name, metadata: metadata(filesDone) });
}

/** The operation, ended well after so many files. */
export function endedAt(filesDone: number): Operation {
  return succeeded({
    name,
    metadata: metadata(filesDone),
    response: packAny(ChecksumTreeResponseSchema, { treeDigest: "abc", files: BigInt(filesDone) }),
  });
}

/** The operation, ended with an error. */
export function endedWith(error: MessageInitShape<typeof StatusSchema>): Operation {
  return failed({ name, error });
}
