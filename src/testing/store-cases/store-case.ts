// SPDX-License-Identifier: Apache-2.0

import type {
  Insertion,
  NewOperation,
  OperationClaim,
  OperationRecord,
  OperationResult,
  OperationStore,
  PackedMessage,
} from "../../server/store.ts";
import { checkDefined } from "../check.ts";
import type { ManualClock } from "../manual-clock.ts";

/** A store, the clock that it goes by, and a way to more stores on the same data. */
export interface Subject {
  readonly store: OperationStore;
  readonly clock: ManualClock;
  openReplica(): Promise<OperationStore>;
}

/** Throws an Error unless the store does what the case is named after. */
export type StoreCase = (subject: Subject) => Promise<void>;

/** Cases by what a store does in them. */
export type StoreCases = Readonly<Record<string, StoreCase>>;

export const method = "acme.v1.Library/Reindex";
export const leaseMs = 30_000;
export const graceMs = 10_000;
/** A store may keep what it is to remove for a while, for slow replicas, but not for an hour. */
export const hourMs = 3_600_000;
const retentionMs: number = 30 * 24 * hourMs;

export const cancelled: OperationResult = { kind: "error", code: 1, status: bytesOf(1, 1) };
export const failed: OperationResult = { kind: "error", code: 13, status: bytesOf(13) };
export const succeeded: OperationResult = { kind: "response", response: packed(42) };

export function bytesOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** A message of `length` bytes, all of them `byte`. */
export function packed(byte: number, length = 1): PackedMessage {
  return {
    typeUrl: `type.googleapis.com/acme.v1.Message${byte}`,
    value: new Uint8Array(length).fill(byte),
  };
}

export function newOperation(name: string, init: Partial<NewOperation> = {}): NewOperation {
  const request = bytesOf(8, 1);
  return {
    name,
    method,
    owner: "",
    request,
    maxLosses: 5,
    cancelGraceMs: graceMs,
    retentionMs,
    ...init,
  };
}

/** Inserts an operation that is to be claimed. @throws Error if it is not stored. */
export async function enqueue(
  store: OperationStore,
  operation: NewOperation,
): Promise<OperationRecord> {
  return inserted(await store.insert(operation, { kind: "queued" }));
}

/** The record of what was stored. @throws Error if nothing was. */
export function inserted(insertion: Insertion): OperationRecord {
  if (insertion.kind !== "inserted") {
    throw new Error(`expected the operation to be inserted, got "${insertion.kind}"`);
  }
  return insertion.record;
}

/** The record's own fields: a store may hand out more than these. */
export function fieldsOf(record: OperationRecord | undefined): OperationRecord | undefined {
  return (
    record && {
      name: record.name,
      method: record.method,
      owner: record.owner,
      state: record.state,
      external: record.external,
      cancelRequested: record.cancelRequested,
      createTimeUs: record.createTimeUs,
      endTimeUs: record.endTimeUs,
      metadata: record.metadata,
      result: record.result,
    }
  );
}

/** Everything that is due, claimed. */
export function claimAll(store: OperationStore, limit = 100): Promise<readonly OperationClaim[]> {
  return store.claim({ methods: [method], limit, suspectLimit: limit, leaseMs });
}

/** Inserts an operation, and claims it. */
export async function running(
  store: OperationStore,
  name = "operations/a",
): Promise<OperationClaim> {
  await enqueue(store, newOperation(name));
  const claims = await claimAll(store);
  return checkDefined(
    claims.find((claim) => claim.name === name),
    `the claim of ${name}`,
  );
}

/** Reads an operation that must be there. */
export async function stored(
  store: OperationStore,
  name = "operations/a",
): Promise<OperationRecord> {
  return checkDefined(await store.read(name), `the record of ${name}`);
}
