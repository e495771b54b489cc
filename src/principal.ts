// SPDX-License-Identifier: Apache-2.0

import { type ContextKey, createContextKey } from "@connectrpc/connect";

/**
 * Who is calling: the context value by which an interceptor that authenticates callers tells those
 * after it. Undefined where nobody was authenticated.
 */
export const principalKey: ContextKey<string | undefined> = createContextKey<string | undefined>(
  undefined,
  { description: "longrunning: the caller's principal" },
);
