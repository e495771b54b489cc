// SPDX-License-Identifier: Apache-2.0

/**
 * `queued`: nobody has claimed it, or an interrupted attempt gave it back. `running`: claimed, under
 * a lease, or external. `done`: it has ended.
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
  /** Who started it; `""` where callers are not told apart. */
  readonly owner: string;
  readonly state: OperationState;
  /** Whether the work is done elsewhere: nobody claims it, and it runs without a lease. */
  readonly external: boolean;
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
  /** As in `OperationRecord.owner`. */
  readonly owner: string;
  /** The encoded request. */
  readonly request: Uint8Array;
  readonly metadata?: PackedMessage | undefined;
  /** How many lost leases it survives. */
  readonly maxLosses: number;
  /** How long after a cancel request its handler may go on. */
  readonly cancelGraceMs: number;
  /** How long it is kept once it has ended. */
  readonly retentionMs: number;
  /**
   * Stands for the request of one caller: there is one operation for it, and another one is not
   * stored while this one is remembered.
   *
   * @see AIP-155
   */
  readonly requestKey?: RequestKey | undefined;
  /**
   * No other operation with this key is stored until this one has ended and its handler has settled,
   * or its lease is over.
   */
  readonly exclusiveKey?: string | undefined;
}

/** A key under which an operation is found again. */
export interface RequestKey {
  readonly key: string;
  /**
   * How long, from the start, the key is remembered, even if the operation is deleted or expires
   * before. While the operation itself is there, so is its key.
   */
  readonly rememberMs: number;
}

/** The bytes of an operation that the store does not decide on: its metadata and its result. */
export function payloadBytes({ metadata, result }: OperationRecord): number {
  const packed = result?.kind === "response" ? result.response.value : result?.status;
  return (metadata?.value.length ?? 0) + (packed?.length ?? 0);
}
