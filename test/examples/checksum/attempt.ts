// SPDX-License-Identifier: Apache-2.0

import { clone, create, type MessageShape } from "@bufbuild/protobuf";
import { checksumHandlers } from "../../../examples/checksum/checksum.ts";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  ChecksumTreeRequestSchema,
  ChecksumTreeResponseSchema,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";

interface AttemptOptions {
  /** What is served. Default: the root. */
  readonly served?: string;
  /** What an earlier attempt had stored. */
  readonly metadata?: ChecksumTreeMetadata | undefined;
  readonly resumeFrom?: ChecksumTreeMetadata;
  readonly signal?: AbortSignal;
  /** Is told of each report; what it throws is thrown by `report`. */
  readonly onReport?: (metadata: ChecksumTreeMetadata) => void;
}

/** Runs the handler once, outside of any server. */
export async function attempt(
  root: string,
  options: AttemptOptions = {},
): Promise<MessageShape<typeof ChecksumTreeResponseSchema>> {
  const { metadata, onReport, resumeFrom, served = root } = options;
  const { signal = new AbortController().signal } = options;
  const { checksumTree } = checksumHandlers(served);
  if (typeof checksumTree !== "function") {
    throw new TypeError("Expected the handler to be a function");
  }
  const request = create(ChecksumTreeRequestSchema, { root });
  if (resumeFrom !== undefined) {
    request.resumeFrom = resumeFrom;
  }
  const response = await checksumTree(request, {
    name: "operations/test",
    principal: undefined,
    attempt: metadata === undefined ? 1 : metadata.attempt + 1,
    signal,
    metadata: metadata && clone(ChecksumTreeMetadataSchema, metadata),
    report(reported) {
      signal.throwIfAborted();
      const message = create(ChecksumTreeMetadataSchema, reported);
      onReport?.(clone(ChecksumTreeMetadataSchema, message));
      return Promise.resolve();
    },
  });
  return create(ChecksumTreeResponseSchema, response);
}
