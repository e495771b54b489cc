// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { OperationError } from "longrunning";
import { ErrorInfoSchema } from "longrunning/google/rpc/error_details_pb.js";
import type { ChecksumTreeResponse } from "../gen/checksum/v1/checksum_pb.ts";

/** The result, for programs. */
export function resultJson(operation: string, response: ChecksumTreeResponse): string {
  const { treeDigest, files, bytes, skipped } = response;
  return JSON.stringify({
    operation,
    treeDigest,
    files: jsonNumber(files),
    bytes: jsonNumber(bytes),
    skipped: jsonNumber(skipped),
  });
}

// Beyond 2^53 a reader of JSON may round a number, so there it is a string, as in protobuf's JSON.
function jsonNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** An error, of the operation or of a call, with what its ErrorInfo adds. */
export function errorText(error: OperationError | ConnectError): string {
  const lines = [`error: ${error.message}`];
  if (error instanceof ConnectError && error.code === Code.Unavailable) {
    lines.push("  is the server running? (npm start)");
  }
  for (const { metadata } of error.findDetails(ErrorInfoSchema)) {
    lines.push(...Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`));
  }
  return lines.join("\n");
}
