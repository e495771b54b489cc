// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { operationsError } from "./errors.ts";

interface OpaqueErrorsOptions {
  domain(): string;
  /** Is told, whole, of what the caller is not. */
  onError(error: unknown): void;
}

/**
 * Calls `answer`; whatever it throws that is not meant for the caller, such as a store's failure,
 * becomes an INTERNAL error that tells nothing of it.
 */
export async function withOpaqueErrors<T>(
  answer: () => Promise<T>,
  { domain, onError }: OpaqueErrorsOptions,
): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ConnectError) {
      throw error;
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
