// SPDX-License-Identifier: Apache-2.0

import type {
  InitialState,
  NewOperation,
  OperationChange,
  OperationClaim,
  OperationRecord,
  OperationResult,
  OperationState,
  PackedMessage,
  ScannedRecord,
} from "../store.ts";
import type { Due } from "./agenda.ts";

/**
 * An operation as the memory store keeps it. Rows change in place, so nobody else may see one: what
 * the store hands out is made by the functions below.
 */
export interface Row extends Due {
  readonly name: string;
  readonly method: string;
  readonly owner: string;
  readonly external: boolean;
  readonly createTimeUs: number;
  readonly maxLosses: number;
  readonly cancelGraceMs: number;
  readonly retentionMs: number;
  readonly requestKey: string | undefined;
  /** Until when its request key is remembered, at least. */
  readonly rememberEndMs: number;
  readonly exclusiveKey: string | undefined;
  /** When its exclusive key is free. Infinite until it ends. */
  exclusiveEndMs: number;
  request: Uint8Array;
  metadata: PackedMessage | undefined;
  result: OperationResult | undefined;
  state: OperationState;
  attempt: number;
  fence: number;
  losses: number;
  cancelRequested: boolean;
  deleted: boolean;
  /** It is in no list and under no name any more, and at most remembered for its request key. */
  removed: boolean;
  endTimeUs: number | undefined;
  /** When its lease, or the time of an external one, is over. */
  leaseEndMs: number;
  /** When the grace after a cancel request is over. */
  cancelEndMs: number;
  /** When it expires. Infinite until it ends. */
  expireMs: number;
  /**
   * Queued: when it may be claimed. Running: when it is overdue. Done: when it may be removed.
   * Removed: when its request key is forgotten.
   */
  dueMs: number;
}

const never = Number.POSITIVE_INFINITY;
export const noBytes: Uint8Array = new Uint8Array();

interface Times {
  readonly nowMs: number;
  readonly createTimeUs: number;
}

/** A row for a new operation that is queued, claimed or external. */
export function newRow(
  operation: NewOperation,
  as: InitialState,
  { nowMs, createTimeUs }: Times,
): Row {
  const { kind } = as;
  const leaseEndMs =
    nowMs + (kind === "claimed" ? as.leaseMs : kind === "external" ? as.timeoutMs : 0);
  return {
    name: operation.name,
    method: operation.method,
    owner: operation.owner,
    external: kind === "external",
    createTimeUs,
    maxLosses: operation.maxLosses,
    cancelGraceMs: operation.cancelGraceMs,
    retentionMs: operation.retentionMs,
    requestKey: operation.requestKey?.key,
    rememberEndMs: operation.requestKey === undefined ? 0 : nowMs + operation.requestKey.rememberMs,
    exclusiveKey: operation.exclusiveKey,
    exclusiveEndMs: never,
    request: operation.request,
    metadata: operation.metadata,
    result: undefined,
    state: kind === "claimed" || kind === "external" ? "running" : "queued",
    attempt: kind === "claimed" ? 1 : 0,
    fence: kind === "claimed" || kind === "external" ? 1 : 0,
    losses: 0,
    cancelRequested: false,
    deleted: false,
    removed: false,
    endTimeUs: undefined,
    leaseEndMs,
    cancelEndMs: never,
    expireMs: never,
    dueMs: leaseEndMs,
    place: 0,
  };
}

/** Whether no read may show it: it was deleted, or has expired. */
export function isHidden(row: Row, nowMs: number): boolean {
  return row.deleted || row.expireMs <= nowMs;
}

export function recordOf(row: Row): OperationRecord {
  return {
    name: row.name,
    method: row.method,
    owner: row.owner,
    state: row.state,
    external: row.external,
    cancelRequested: row.cancelRequested,
    createTimeUs: row.createTimeUs,
    endTimeUs: row.endTimeUs,
    metadata: row.metadata,
    result: row.result,
  };
}

export function scannedOf(row: Row): ScannedRecord {
  const { result, ...scanned } = recordOf(row);
  return { ...scanned, error: result?.kind === "error" ? result : undefined };
}

export function claimOf(row: Row): OperationClaim {
  const { request, attempt, fence, losses, maxLosses } = row;
  return { ...recordOf(row), request, attempt, fence, losses, maxLosses };
}

export function changeOf(row: Row): OperationChange {
  const { name, state, fence, cancelRequested, deleted } = row;
  return { name, state, fence, cancelRequested, deleted };
}
