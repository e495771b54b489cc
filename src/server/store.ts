// SPDX-License-Identifier: Apache-2.0

import type {
  ClaimQuery,
  Lease,
  LeasedWrite,
  OperationClaim,
  OverdueOperations,
  RenewedLease,
} from "./lease.ts";
import type { ListPage, ListQuery } from "./list-query.ts";
import type {
  NewOperation,
  OperationRecord,
  OperationResult,
  OperationState,
} from "./operation-record.ts";

export type {
  ClaimQuery,
  Lease,
  LeasedWrite,
  OperationClaim,
  OverdueOperation,
  OverdueOperations,
  RenewedLease,
} from "./lease.ts";
export type {
  ListFilter,
  ListPage,
  ListPosition,
  ListQuery,
  ScannedRecord,
} from "./list-query.ts";
export {
  type NewOperation,
  type OperationRecord,
  type OperationResult,
  type OperationState,
  type PackedMessage,
  payloadBytes,
  type RequestKey,
} from "./operation-record.ts";

/** How a new operation begins. */
export type InitialState =
  /** To be claimed, at once. */
  | { readonly kind: "queued" }
  /** Claimed already: attempt 1, fence 1. */
  | { readonly kind: "claimed"; readonly leaseMs: number }
  /** Running elsewhere, under fence 1, and overdue after `timeoutMs`. */
  | { readonly kind: "external"; readonly timeoutMs: number }
  | { readonly kind: "done"; readonly result: OperationResult };

/** What an earlier request with the same key has become of. */
export type EarlierRequest =
  | {
      readonly kind: "duplicate";
      readonly record: OperationRecord;
      /** The encoded request that it was started with. */
      readonly request: Uint8Array;
    }
  /** The operation was deleted, or has expired. */
  | { readonly kind: "gone" };

/** What has become of an operation that was to be stored. */
export type Insertion =
  | { readonly kind: "inserted"; readonly record: OperationRecord }
  | EarlierRequest
  /** Another operation holds its exclusive key. */
  | { readonly kind: "excluded" };

/** Operations that wait to be claimed, and are not. */
export interface UnclaimedQuery {
  /** Methods other than these. */
  readonly notMethods: readonly string[];
  /** They could have been claimed for this long. */
  readonly forMs: number;
  readonly limit: number;
}

export interface UnclaimedOperation {
  readonly name: string;
  readonly method: string;
}

/**
 * What a cancel request did. `ended`: the operation was queued, and has ended. `requested`: it runs,
 * and is to stop. `unchanged`: it was requested before, or the operation is done. `absent`: there is
 * no such operation.
 */
export type Cancellation = "ended" | "requested" | "unchanged" | "absent";

/** That an operation was written, by whatever process. */
export interface OperationChange {
  readonly name: string;
  readonly state: OperationState;
  readonly fence: number;
  readonly cancelRequested: boolean;
  readonly deleted: boolean;
}

/**
 * Where operations are kept: records, and conditional writes to them.
 *
 * A write that was acknowledged is durable, as far as the store is. Every write may be repeated after
 * an unknown outcome, under the same name or fence. All times are measured by the store's own clock,
 * which its replicas share.
 */
export interface OperationStore {
  /**
   * Stores a new operation, unless its request key stands for an earlier one, or its exclusive key
   * is taken; the request key is looked at first.
   *
   * @throws Error if the name is taken.
   */
  insert(operation: NewOperation, as: InitialState): Promise<Insertion>;

  /** What became of the request with this key; undefined if there was none that is remembered. */
  earlier(requestKey: string): Promise<EarlierRequest | undefined>;

  /** Whether an operation holds this exclusive key. */
  isTaken(exclusiveKey: string): Promise<boolean>;

  /** One operation; undefined if there is none, or it was deleted. */
  read(name: string): Promise<OperationRecord | undefined>;

  /** Operations that were not deleted, newest first. */
  list(query: ListQuery): Promise<ListPage>;

  /** Takes queued operations, those that are due for longest first. Raises attempt and fence. */
  claim(query: ClaimQuery): Promise<readonly OperationClaim[]>;

  /** Makes leases last `leaseMs` from now, one answer for each, in their order. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<readonly RenewedLease[]>;

  /** Writes under a lease. False, and nothing written, once the fence has risen. */
  update(lease: Lease, write: LeasedWrite): Promise<boolean>;

  /**
   * Requests cancellation. A queued operation ends with `result` at once; a running one is marked,
   * once, and its grace begins; a finished one stays as it is.
   */
  cancel(name: string, result: OperationResult): Promise<Cancellation>;

  /**
   * Hides an operation from every read; a queued or running one still goes on, and what it ends
   * with is dropped. False if there is none.
   */
  delete(name: string): Promise<boolean>;

  /** Running operations whose lease, grace or time has run out. */
  overdue(limit: number): Promise<OverdueOperations>;

  /** Operations in the queue that nobody has claimed for long, those that wait longest first. */
  unclaimed(query: UnclaimedQuery): Promise<readonly UnclaimedOperation[]>;

  /**
   * Removes up to `limit` operations that have expired, or were deleted and have ended; a store may
   * keep those a little longer. How many it removed.
   */
  purge(limit: number): Promise<number>;

  /**
   * Calls the listener with every write that becomes durable from now on, of this process and of
   * others, in batches; a later change may stand for earlier ones of the same operation. The
   * listener must not throw. The function that it returns ends the subscription.
   */
  subscribe(listener: (changes: readonly OperationChange[]) => void): () => void;

  /** Thirty-two random bytes, made once, that all replicas share. */
  secret(): Promise<Uint8Array>;

  /** Lets what was asked for finish, and frees everything. Later calls are refused. */
  close(): Promise<void>;
}
