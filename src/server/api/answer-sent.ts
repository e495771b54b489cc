// SPDX-License-Identifier: Apache-2.0

import { type ContextKey, createContextKey } from "@connectrpc/connect";

/**
 * Whether the answer to a call has been sent, or nobody is there any more to whom it could be: the
 * context value by which what writes to the network tells those who should not give it too much.
 * Without it the signal of the call is asked, which in some protocols aborts before anything is sent.
 */
export const answerSentKey: ContextKey<(() => boolean) | undefined> = createContextKey<
  (() => boolean) | undefined
>(undefined, { description: "longrunning: whether the answer was sent" });
