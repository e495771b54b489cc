// SPDX-License-Identifier: Apache-2.0

/**
 * `queued`: nobody has claimed it, or an interrupted attempt gave it back. `running`: claimed, under
 * a lease. `done`: it has ended.
 */
export type OperationState = "queued" | "running" | "done";

/** A message as a store keeps it: the parts of a `google.protobuf.Any`. */
export interface PackedMessage {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What an operation ended with. */
export type OperationResult =
  | { readonly kind: "response"; readonly response: PackedMessage }
  /** `status` is an encoded `google.rpc.Status`, `code` its code. */
  | { readonly kind: "error"; readonly code: number; readonly status: Uint8Array };

/** What the outside may see of an operation. */
export interface OperationRecord {
  /** The resource name, unique within a store. */
  readonly name: string;
  /** The full name of the method that started it: `acme.v1.Library/Reindex`. */
  readonly method: string;
  readonly state: OperationState;
  /** Whether somebody has asked to cancel it. It stays true after the end. */
  readonly cancelRequested: boolean;
  /** Microseconds since the Unix epoch, by the store's clock. */
  readonly createTimeUs: number;
  /** Set once it is done. */
  readonly endTimeUs: number | undefined;
  readonly metadata: PackedMessage | undefined;
  /** Set if and only if it is done. */
  readonly result: OperationResult | undefined;
}

/** What is stored when an operation starts. */
export interface NewOperation {
  readonly name: string;
  readonly method: string;
  /** The encoded request. */
  readonly request: Uint8Array;
  readonly metadata?: PackedMessage | undefined;
  /** How many lost leases it survives. */
  readonly maxLosses: number;
  /** How long after a cancel request its handler may go on. */
  readonly cancelGraceMs: number;
}

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
  /** `lease`: its lease ran out. `cancel`: the grace after a cancel request is over. */
  readonly reason: "lease" | "cancel";
}

/** The running operations that need a decision, and when to look again. */
export interface OverdueOperations {
  readonly overdue: readonly OverdueOperation[];
  /** Milliseconds until the next one falls due, as things stand; undefined if none can. */
  readonly nextInMs: number | undefined;
}

/** A page of a list. */
export interface ListQuery {
  /** At most this many, at least one. */
  readonly limit: number;
  /** The page also ends before the record that would take its payload past this, but not empty. */
  readonly maxBytes: number;
  /** Where the last page ended; left out for the first one. */
  readonly after?: ListPosition | undefined;
}

/** A place in the order of lists: newest first, then by name. */
export interface ListPosition {
  readonly createTimeUs: number;
  readonly name: string;
}

/** A page of records, newest first. */
export interface ListPage {
  readonly records: readonly OperationRecord[];
  /** Whether there are more behind it. */
  readonly more: boolean;
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
   * Stores a new operation: queued, or, with `leaseMs`, claimed already (attempt 1, fence 1).
   *
   * @throws Error if the name is taken.
   */
  insert(operation: NewOperation, leaseMs?: number): Promise<OperationRecord>;

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
   * once, and its grace begins; a finished one stays as it is. False if there is none.
   */
  cancel(name: string, result: OperationResult): Promise<boolean>;

  /**
   * Hides an operation from every read; a queued or running one still goes on, and what it ends
   * with is dropped. False if there is none.
   */
  delete(name: string): Promise<boolean>;

  /** Running operations whose lease, or grace, has run out. */
  overdue(limit: number): Promise<OverdueOperations>;

  /** Removes up to `limit` operations that were deleted and have ended. How many it removed. */
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

/** The bytes of an operation that the store does not decide on: its metadata and its result. */
export function payloadBytes({ metadata, result }: OperationRecord): number {
  const packed = result?.kind === "response" ? result.response.value : result?.status;
  return (metadata?.value.length ?? 0) + (packed?.length ?? 0);
}
