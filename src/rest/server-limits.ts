// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandlerOptions } from "./connect-internals.ts";
import { withHttpStatus } from "./error.ts";

/** The error of a request whose body has more than `readMaxBytes`. */
export function requestTooLarge(readMaxBytes: number): ConnectError {
  const problem = `the body of a request may have at most ${readMaxBytes} bytes`;
  return withHttpStatus(new ConnectError(problem, Code.ResourceExhausted), 413);
}

/** @throws ConnectError RESOURCE_EXHAUSTED where the body of an answer is too large. */
export function assertWritable(
  body: Uint8Array,
  { writeMaxBytes }: Pick<UniversalHandlerOptions, "writeMaxBytes">,
): void {
  if (body.length > writeMaxBytes) {
    const problem = `the answer has ${body.length} bytes, more than writeMaxBytes ${writeMaxBytes}`;
    throw new ConnectError(problem, Code.ResourceExhausted);
  }
}

/** What an implementation throws as clients may see it: no more than a ConnectError tells. */
export function rpcError(cause: unknown): ConnectError {
  return cause instanceof ConnectError
    ? cause
    : new ConnectError("internal error", Code.Internal, undefined, undefined, cause);
}
