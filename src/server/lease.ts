// SPDX-License-Identifier: Apache-2.0

import type { OperationRecord, OperationResult, PackedMessage } from "./operation-record.ts";

/** The right to write to a running operation, until its fence rises. */
export interface Lease {
  readonly name: string;
  /** Rises whenever the operation is claimed, released, lost, or ended. */
  readonly fence: number;
}

/** An operation that a worker has claimed, and holds a lease on. */
export interface OperationClaim extends OperationRecord, Lease {
  readonly request: Uint8Array;
  /** How often it has been claimed, this time included. */
  readonly attempt: number;
  /** How often a lease on it has run out. */
  readonly losses: number;
  readonly maxLosses: number;
}

/** Which operations to claim. */
export interface ClaimQuery {
  /** Methods as in `OperationRecord.method`; others stay where they are. */
  readonly methods: readonly string[];
  readonly limit: number;
  /**
   * At most this many of them may have lost two leases or more: one that kills its process should
   * not take many neighbours along.
   */
  readonly suspectLimit: number;
  readonly leaseMs: number;
}

/**
 * A write to a running operation. Wherever `ifCancelled` is given and a cancel was requested, the
 * operation ends with that instead. `metadata` replaces what is stored.
 */
export type LeasedWrite =
  /** Progress. The fence stays. */
  | { readonly kind: "report"; readonly metadata: PackedMessage }
  /** It has ended. */
  | {
      readonly kind: "end";
      readonly result: OperationResult;
      readonly ifCancelled?: OperationResult | undefined;
      readonly metadata?: PackedMessage | undefined;
      /**
       * Its handler may still run: its exclusive key stays taken until its lease is over. Left out,
       * the key is free.
       */
      readonly cutOff?: boolean;
    }
  /** Back to the queue, to be claimed again at once. */
  | {
      readonly kind: "release";
      readonly ifCancelled: OperationResult;
      readonly metadata?: PackedMessage | undefined;
    }
  /**
   * Its lease ran out; only applies while that is so. One loss is counted, and it goes back to the
   * queue, to be claimed after `delayMs`; or it ends, if `result` is given.
   */
  | {
      readonly kind: "lose";
      readonly delayMs: number;
      readonly result?: OperationResult | undefined;
      readonly ifCancelled: OperationResult;
    };

/** What has become of a lease that was to be renewed. */
export interface RenewedLease {
  /** False once the fence has risen: somebody else decides now. */
  readonly held: boolean;
  readonly cancelRequested: boolean;
}

/** A running operation that its worker has neither ended nor released in time. */
export interface OverdueOperation extends Lease {
  readonly method: string;
  readonly losses: number;
  readonly maxLosses: number;
  /**
   * `lease`: its lease ran out. `cancel`: the grace after a cancel request is over. `timeout`: it is
   * external, and its time is over.
   */
  readonly reason: "lease" | "cancel" | "timeout";
}

/** The running operations that need a decision, and when to look again. */
export interface OverdueOperations {
  readonly overdue: readonly OverdueOperation[];
  /** Milliseconds until the next one falls due, as things stand; undefined if none can. */
  readonly nextInMs: number | undefined;
}
