// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { EncodedResponse, EncodeResponseOptions } from "./response.ts";

/** Has an error answered with an HTTP status that no code has: 405, 406, 413 or 415. */
export function withHttpStatus(_error: ConnectError, _status: number): ConnectError {
  throw new Error("to come");
}

/** `{"error": {"code", "message", "status", "details"}}` @see AIP-193 */
export function encodeError(
  _error: ConnectError,
  _options: EncodeResponseOptions,
): EncodedResponse & { readonly status: number } {
  throw new Error("to come");
}

export interface ErrorResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** They become the metadata of the error. */
  readonly headers?: Headers;
}

/** Reads an answer whose status is no success; it never throws. */
export function decodeError(
  _response: ErrorResponse,
  _options: { readonly registry: Registry },
): ConnectError {
  throw new Error("to come");
}
