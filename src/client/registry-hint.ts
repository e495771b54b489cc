// SPDX-License-Identifier: Apache-2.0

import { ConnectError } from "@connectrpc/connect";

/**
 * Adds to an error of a transport that cannot read an Any in JSON how to mend that; any other error is
 * handed on.
 */
export function withRegistryHint(cause: unknown): ConnectError {
  const error = ConnectError.from(cause);
  return error.rawMessage.endsWith("is not in the type registry")
    ? new ConnectError(
        `${error.rawMessage}; let the transport have useBinaryFormat, or operationRegistry(…) in jsonOptions`,
        error.code,
        error.metadata,
        undefined,
        error,
      )
    : error;
}
