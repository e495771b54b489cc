// SPDX-License-Identifier: Apache-2.0

import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { type Operation, Operations } from "longrunning/google/longrunning/operations_pb.js";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponse,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { createPage } from "./page.ts";

const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true });
const checksums = createClient(ChecksumService, transport);
const operations = createClient(Operations, transport);

const page = createPage();
page.onStart(async (root) => {
  const operation = await checksums.checksumTree({ root });
  page.onCancel(async () => {
    await operations.cancelOperation({ name: operation.name });
  });
  page.showResult(await follow(operation, page.showProgress));
});

/** Waits for an operation, second by second; looks at it now and then, where it cannot be waited for. */
async function follow(
  operation: Operation,
  onProgress: (metadata: ChecksumTreeMetadata) => void,
): Promise<ChecksumTreeResponse> {
  const { name } = operation;
  let canWait = true;
  let delayMs = 500;
  while (!operation.done) {
    const metadata =
      operation.metadata && anyUnpack(operation.metadata, ChecksumTreeMetadataSchema);
    if (metadata !== undefined) {
      onProgress(metadata);
    }
    try {
      if (canWait) {
        operation = await operations.waitOperation({ name, timeout: { seconds: 1n } });
        delayMs = 500;
      } else {
        await sleep(delayMs);
        operation = await operations.getOperation({ name });
        delayMs = Math.min(delayMs * 1.2, 10_000);
      }
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (code === Code.Unimplemented) {
        canWait = false;
      } else if (code === Code.Unavailable) {
        await sleep(delayMs);
        delayMs = Math.min(delayMs * 2, 10_000);
      } else {
        throw error;
      }
    }
  }
  const { result } = operation;
  if (result.case === "error") {
    throw new ConnectError(result.value.message, result.value.code);
  }
  const response = result.value && anyUnpack(result.value, ChecksumTreeResponseSchema);
  if (response === undefined) {
    throw new Error("The operation is done, and has no response.");
  }
  return response;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
