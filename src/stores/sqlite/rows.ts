// SPDX-License-Identifier: Apache-2.0

import type {
  OperationChange,
  OperationClaim,
  OperationRecord,
  OperationResult,
  OperationState,
  PackedMessage,
  ScannedRecord,
} from "../../server/store.ts";

/** Bytes, as drivers give them. */
export type DriverBytes = Uint8Array | ArrayBuffer;

const scannedColumns = `method, owner, state, external, cancel_time_us, create_time_us, end_time_us,
  metadata_type, metadata, error_code, result_type`;

/** The columns that an `OperationRecord` is made of. */
export const recordColumns: string = `${scannedColumns}, result`;

/** The columns that a `ScannedRecord` is made of: of the results only errors are loaded. */
export const leanColumns: string = `name, ${scannedColumns},
  iif(error_code IS NULL, NULL, result) AS status`;

/** How large metadata and result are, without loading them. */
export const payloadSize = "ifnull(length(metadata), 0) + ifnull(length(result), 0)";

interface ScannedColumns {
  readonly method: string;
  readonly owner: string;
  readonly state: number;
  readonly external: number;
  readonly cancel_time_us: number | null;
  readonly create_time_us: number;
  readonly end_time_us: number | null;
  readonly metadata_type: string | null;
  readonly metadata: DriverBytes | null;
  readonly error_code: number | null;
  readonly result_type: string | null;
}

/** What `recordColumns` gives. */
export interface RecordRow extends ScannedColumns {
  readonly result: DriverBytes | null;
}

/** What `leanColumns` gives. */
export interface LeanRow extends ScannedColumns {
  readonly name: string;
  readonly status: DriverBytes | null;
}

/** A response by itself. */
export interface ResponseRow {
  readonly create_time_us: number;
  readonly result_type: string | null;
  readonly result: DriverBytes;
}

/** The columns, beside its name, that an `OperationChange` is made of. */
export const changeColumns = "state, fence, cancel_time_us, delete_time_us";

/** What `changeColumns` gives. */
export interface ChangeRow {
  readonly state: number;
  readonly fence: number;
  readonly cancel_time_us: number | null;
  readonly delete_time_us: number | null;
}

/** What a claim adds to a record. */
export interface ClaimRow extends RecordRow {
  readonly name: string;
  readonly fence: number;
  readonly delete_time_us: number | null;
  readonly attempt: number;
  readonly losses: number;
  readonly max_losses: number;
  readonly request: DriverBytes;
}

type ResponseResult = Extract<OperationResult, { kind: "response" }>;
type ErrorResult = Extract<OperationResult, { kind: "error" }>;

const states: readonly OperationState[] = ["queued", "running", "done"];

export function recordOf(name: string, row: RecordRow): OperationRecord {
  return {
    name,
    method: row.method,
    owner: row.owner,
    state: stateOf(row),
    external: row.external === 1,
    cancelRequested: row.cancel_time_us !== null,
    createTimeUs: row.create_time_us,
    endTimeUs: row.end_time_us ?? undefined,
    metadata: packed(row.metadata_type, row.metadata),
    result: resultOf(row),
  };
}

export function scannedOf(row: LeanRow): ScannedRecord {
  return {
    name: row.name,
    method: row.method,
    owner: row.owner,
    state: stateOf(row),
    external: row.external === 1,
    cancelRequested: row.cancel_time_us !== null,
    createTimeUs: row.create_time_us,
    endTimeUs: row.end_time_us ?? undefined,
    metadata: packed(row.metadata_type, row.metadata),
    error: row.status === null ? undefined : errorOf(row.error_code ?? 0, row.status),
  };
}

/** The record that was scanned, with the response that was left out, if it has one. */
export function withResponse(
  { error, ...scanned }: ScannedRecord,
  response: ResponseResult | undefined,
): OperationRecord {
  return { ...scanned, result: response ?? error };
}

export function responseOf(typeUrl: string | null, value: DriverBytes): ResponseResult {
  return { kind: "response", response: { typeUrl: typeUrl ?? "", value: bytes(value) } };
}

export function claimOf(row: ClaimRow): OperationClaim {
  return {
    ...recordOf(row.name, row),
    fence: row.fence,
    request: bytes(row.request),
    attempt: row.attempt,
    losses: row.losses,
    maxLosses: row.max_losses,
  };
}

export function changeOf(name: string, row: ChangeRow): OperationChange {
  return {
    name,
    state: stateOf(row),
    fence: row.fence,
    cancelRequested: row.cancel_time_us !== null,
    deleted: row.delete_time_us !== null,
  };
}

/** A result as the columns error_code, result_type and result. */
export function resultColumns(
  result: OperationResult | undefined,
): readonly [number | null, string | null, Uint8Array | null] {
  switch (result?.kind) {
    case "response":
      return [null, result.response.typeUrl, result.response.value];
    case "error":
      return [result.code, null, result.status];
    case undefined:
      return [null, null, null];
  }
}

/** Drivers give Buffers, Uint8Arrays or ArrayBuffers, all on memory of their own. */
export function bytes(value: DriverBytes): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

function stateOf({ state }: { readonly state: number }): OperationState {
  const name = states[state];
  if (name === undefined) {
    throw new Error(`The database holds an operation in an unknown state, ${state}`);
  }
  return name;
}

function packed(typeUrl: string | null, value: DriverBytes | null): PackedMessage | undefined {
  return typeUrl === null || value === null ? undefined : { typeUrl, value: bytes(value) };
}

function resultOf(row: RecordRow): OperationResult | undefined {
  if (row.result === null) {
    return undefined;
  }
  if (row.error_code !== null) {
    return errorOf(row.error_code, row.result);
  }
  return responseOf(row.result_type, row.result);
}

function errorOf(code: number, status: DriverBytes): ErrorResult {
  return { kind: "error", code, status: bytes(status) };
}
