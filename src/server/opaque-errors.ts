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
export async function withOpaqueErrors<T>(
  answer: () => Promise<T>,
  { domain, closed, onError }: OpaqueErrorsOptions,
): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ConnectError) {
      throw withDomain(error, domain());
    }
    if (closed()) {
      throw operationsError({
        code: Code.Unavailable,
        message: "this server is shutting down",
        reason: "SHUTTING_DOWN",
        domain: domain(),
      });
    }
    onError(error);
    throw operationsError({
      code: Code.Internal,
      message: "the operation store failed",
      reason: "STORE_FAILED",
      domain: domain(),
    });
  }
}
