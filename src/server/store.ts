// SPDX-License-Identifier: Apache-2.0

import type { CheckedFilter } from "../filter/index.ts";
import type {
  NewOperation,
  OperationRecord,
  OperationResult,
  OperationState,
  PackedMessage,
} from "./operation-record.ts";

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

/** A page of a list. */
export interface ListQuery {
  /** Operations of this owner; left out, of all. */
  readonly owner?: string | undefined;
  /** Operations directly under this resource, `projects/p`; left out, all. */
  readonly parent?: string | undefined;
  readonly filter?: ListFilter | undefined;
  /** At most this many, at least one. */
  readonly limit: number;
  /** The page also ends before the record that would take its payload past this, but not empty. */
  readonly maxBytes: number;
  /** With a filter, the page also ends once this many records were looked at, … */
  readonly maxScanned: number;
  /** … or once this time is over. It may then be empty, and not be the last one. */
  readonly maxScanMs: number;
  /** Where the last page ended; left out for the first one. */
  readonly after?: ListPosition | undefined;
}

/** Which records a list holds. */
export interface ListFilter {
  /** A store may leave out by itself what this cannot match, as long as nothing is left out that does. */
  readonly condition: CheckedFilter;
  /** Decides. */
  matches(record: ScannedRecord): boolean;
}

/** A record without its response, which no filter looks at. */
export type ScannedRecord = Omit<OperationRecord, "result"> & {
  readonly error: Extract<OperationResult, { kind: "error" }> | undefined;
};

/** A place in the order of lists: newest first, then by name. */
export interface ListPosition {
  readonly createTimeUs: number;
  readonly name: string;
}

/** A page of records, newest first. */
export interface ListPage {
  readonly records: readonly OperationRecord[];
  /** Where to go on; undefined if nothing is left behind it. */
  readonly next: ListPosition | undefined;
}

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
