// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { OperationError } from "longrunning";
import { WaitError } from "longrunning/client";
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

/** An error, of the operation, of a call or of the waiting, with what its ErrorInfo adds. */
export function errorText(error: unknown): string {
  const failure =
    error instanceof OperationError || error instanceof WaitError
      ? error
      : ConnectError.from(error);
  const detailed = failure instanceof WaitError ? failure.cause : failure;
  const lines = [`error: ${failure.message}`];
  if (detailed instanceof ConnectError && detailed.code === Code.Unavailable) {
    lines.push("  is the server running? (npm start)");
  }
  for (const { metadata } of detailed?.findDetails(ErrorInfoSchema) ?? []) {
    lines.push(...Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`));
  }
  return lines.join("\n");
}
