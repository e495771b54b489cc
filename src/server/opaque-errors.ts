// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { operationsError, withDomain } from "./errors.ts";

export interface OpaqueErrorsOptions {
  domain(): string;
  /** Whether the store was closed, so that it cannot but fail. */
  closed(): boolean;
  /** Is told, whole, of what the caller is not. */
  onError(error: unknown): void;
}

/**
 * Calls `answer`; whatever it throws that is not meant for the caller, such as a store's failure,
 * becomes an INTERNAL error that tells nothing of it. After a shutdown it is UNAVAILABLE instead, so
 * that callers turn to another replica.
 */
export function withOpaqueErrors<T>(
  answer: () => Promise<T>,
  options: OpaqueErrorsOptions,
): Promise<T> {
  // Not an async function: very many calls may be pending, each with a frame of its own.
  return answer().catch((error: unknown) => {
    throw opaque(error, options);
  });
}

function opaque(error: unknown, { domain, closed, onError }: OpaqueErrorsOptions): ConnectError {
  if (error instanceof ConnectError) {
    return withDomain(error, domain());
  }
  if (closed()) {
    return operationsError({
      code: Code.Unavailable,
      message: "this server is shutting down",
      reason: "SHUTTING_DOWN",
      domain: domain(),
    });
  }
  onError(error);
  return operationsError({
    code: Code.Internal,
    message: "the operation store failed",
    reason: "STORE_FAILED",
    domain: domain(),
  });
}
