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

const maxDelayMs = 10_000;

/** Waits for an operation, second by second; looks at it now and then, where it cannot be waited for. */
async function follow(
  operation: Operation,
  onProgress: (metadata: ChecksumTreeMetadata) => void,
): Promise<ChecksumTreeResponse> {
  const { name } = operation;
  let canWait = true;
  let delayMs = 500;
  for (;;) {
    const metadata =
      operation.metadata && anyUnpack(operation.metadata, ChecksumTreeMetadataSchema);
    if (metadata !== undefined) {
      onProgress(metadata);
    }
    if (operation.done) {
      return responseOf(operation);
    }
    const beganMs = performance.now();
    try {
      operation = canWait
        ? await operations.waitOperation({ name, timeout: { seconds: 1n } }, { timeoutMs: 11_000 })
        : await operations.getOperation({ name }, { timeoutMs: 10_000 });
      if (canWait && performance.now() - beganMs > 500) {
        // A wait that lasted has been a pause itself.
        delayMs = 500;
        continue;
      }
      delayMs = Math.min(delayMs * 1.2, maxDelayMs);
    } catch (cause) {
      const error = ConnectError.from(cause);
      if (canWait && error.code === Code.Unimplemented) {
        canWait = false;
      } else if (isTransient(error)) {
        delayMs = Math.min(delayMs * 2, maxDelayMs);
      } else {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs * Math.random()));
  }
}

function isTransient({ code, cause }: ConnectError): boolean {
  return (
    code === Code.Unavailable ||
    code === Code.DeadlineExceeded ||
    // What fetch throws while the network is away.
    cause instanceof TypeError
  );
}

function responseOf({ result }: Operation): ChecksumTreeResponse {
  if (result.case === "error") {
    throw new ConnectError(result.value.message, result.value.code);
  }
  const response = result.value && anyUnpack(result.value, ChecksumTreeResponseSchema);
  if (response === undefined) {
    throw new Error("The operation is done, and has no response.");
  }
  return response;
}
