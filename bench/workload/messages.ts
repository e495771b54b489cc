// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { packAny, succeeded } from "longrunning";
import type { Operation } from "longrunning/google/longrunning/operations_pb.js";
import {
  ChecksumTreeMetadataSchema,
  type ChecksumTreeRequest,
  ChecksumTreeRequestSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";

/** A request. Like the other messages here, it is of an ordinary size. */
export const request: ChecksumTreeRequest = create(ChecksumTreeRequestSchema, {
  root: "/srv/data/photographs/2024",
});

/** Metadata. */
export function progress(filesDone: number): MessageInitShape<typeof ChecksumTreeMetadataSchema> {
  return {
    filesDone: BigInt(filesDone),
    filesTotal: 4_711n,
    bytesDone: BigInt(filesDone) * 123_456n,
    bytesTotal: 581_599_056n,
    currentPath: `2024-07-19 Summer holidays/Raw/DSC_${1000 + filesDone}.NEF`,
  };
}

/** What an operation ends with. */
export const response: MessageInitShape<typeof ChecksumTreeResponseSchema> = {
  treeDigest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  files: 4_711n,
  bytes: 581_599_056n,
};

/** An operation that reported once, and is done. */
export function finishedOperation(name: string): Operation {
  return succeeded({
    name,
    metadata: packAny(ChecksumTreeMetadataSchema, progress(4_711)),
    response: packAny(ChecksumTreeResponseSchema, response),
  });
}
