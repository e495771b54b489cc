// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";

/** Something that an operator may want to log or count. It is told once, by the process that did it. */
export type OperationEvent =
  /** An operation was stored. A repeated request is none. */
  | (OperationId & { readonly kind: "started" })
  /** A handler begins to run. */
  | (OperationId & { readonly kind: "attempted"; readonly attempt: number })
  /** An attempt was interrupted, and the operation is back in the queue. */
  | (OperationId & { readonly kind: "released"; readonly attempt: number })
  /** A lease ran out: the process that held it has died, hangs, or cannot reach the store. */
  | (OperationId & { readonly kind: "lost"; readonly losses: number })
  /** An operation has ended. */
  | (OperationId & {
      readonly kind: "ended";
      /** Left out where it succeeded. */
      readonly code: Code | undefined;
      /** Since it was started. */
      readonly elapsedMs: number;
      /** Whether its handler went on after a cancel request for longer than the grace. */
      readonly cutOff: boolean;
    })
  /** Somebody asked to cancel an operation that had not ended. */
  | { readonly kind: "cancel-requested"; readonly name: string }
  | { readonly kind: "deleted"; readonly name: string }
  /** Operations were removed for good: they had expired, or were deleted. */
  | { readonly kind: "purged"; readonly count: number }
  /** An operation waits for a worker for long, and no process seems to implement its method. */
  | (OperationId & { readonly kind: "unclaimed" });

interface OperationId {
  readonly name: string;
  /** The full name of its method: `acme.v1.Library/Reindex`. */
  readonly method: string;
}
