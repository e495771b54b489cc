// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";

/**
 * Something that an operator may want to log or count. It is told once, by the process whose write
 * made it so, when that write is stored.
 *
 * Each attempt that is told of in `attempted` is told of once more, by the same process, in
 * `released`, `ended` or `overtaken`, unless the process dies, or closes before its handler settles.
 */
export type OperationEvent =
  /** An operation was stored. A repeated request is none. */
  | (OperationId & { readonly kind: "started" })
  /** A handler begins to run. */
  | (OperationId & {
      readonly kind: "attempted";
      readonly attempt: number;
      /** Since it was started. Left out on later attempts, which have waited in other ways too. */
      readonly queuedMs?: number;
    })
  /** An attempt was interrupted, and the operation is back in the queue. */
  | (OperationId & AttemptTime & { readonly kind: "released" })
  /**
   * A handler has settled too late: its operation was lost, cut off, or ended in another way, and
   * what it returned or threw was dropped.
   */
  | (OperationId & AttemptTime & { readonly kind: "overtaken" })
  /** A lease ran out: the process that held it has died, hangs, or cannot reach the store. */
  | (OperationId & {
      readonly kind: "lost";
      /** How often that has happened to the operation, this time included. */
      readonly losses: number;
    })
  /** An operation has ended. The attempt is left out if no handler has ended it. */
  | (OperationId &
      Partial<AttemptTime> & {
        readonly kind: "ended";
        /** Undefined where it succeeded. */
        readonly code: Code | undefined;
        /** Since it was started. Left out where it was deleted before, and is not known any more. */
        readonly elapsedMs?: number;
        /** Whether its handler went on after a cancel request for longer than the grace. */
        readonly cutOff: boolean;
      })
  /** Somebody asked to cancel an operation that had not ended. */
  | { readonly kind: "cancel-requested"; readonly name: string }
  | { readonly kind: "deleted"; readonly name: string }
  /** Operations were removed for good: they had expired, or were deleted. */
  | { readonly kind: "purged"; readonly count: number }
  /**
   * An operation has waited for a worker for ten minutes, and this process does not implement its
   * method. It is told again every ten minutes, by each process.
   */
  | (OperationId & { readonly kind: "unclaimed" });

interface OperationId {
  readonly name: string;
  /** The full name of its method: `acme.v1.Library/Reindex`. */
  readonly method: string;
}

interface AttemptTime {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Since its handler began. */
  readonly ranMs: number;
}
