// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type {
  EarlierRequest,
  InitialState,
  Insertion,
  NewOperation,
  OperationRecord,
} from "../../server/store.ts";
import { createTimes } from "./create-times.ts";
import type { InsertRow, NewRow } from "./insert-row.ts";
import { toUs } from "./micros.ts";
import { hasResultCode } from "./result-code.ts";
import { bytes, type DriverBytes, type RecordRow, recordOf, resultColumns } from "./rows.ts";
import type { Statements } from "./statements.ts";
import type { Transaction, Write } from "./transaction.ts";

/** How operations come into the database, and what became of those with the same keys. */
export interface Inserting {
  insert(operation: NewOperation, as: InitialState): Write<Insertion>;
  earlier(requestKey: string): EarlierRequest | undefined;
  isTaken(exclusiveKey: string): boolean;
}

interface InsertingOptions {
  readonly statements: Statements;
  readonly insertRow: InsertRow;
  readonly clock: Clock;
}

interface RequestKeyRow extends RecordRow {
  readonly name: string;
  readonly request: DriverBytes;
  readonly visible: number;
  readonly remembered: number;
}

interface ExclusiveKeyRow {
  readonly create_time_us: number;
  readonly held: number;
}

export function createInserting({ statements, insertRow, clock }: InsertingOptions): Inserting {
  const insertAtFreeTime = createTimes(statements);

  function requestRow(key: string, now: number): RequestKeyRow | undefined {
    return statements.requestKey.get({ key, now }) as RequestKeyRow | undefined;
  }

  /** What an earlier request has become of; one that is forgotten makes room for the next. */
  function lookUp(key: string, now: number, transaction: Transaction): EarlierRequest | undefined {
    const row = requestRow(key, now);
    const known = row && earlierOf(row);
    if (row !== undefined && known === undefined) {
      // Its name is derived from the key, and would be taken as well.
      statements.remove.run(JSON.stringify([row.create_time_us]));
      transaction.wrote();
    }
    return known;
  }

  function exclusiveRow(key: string, now: number): ExclusiveKeyRow | undefined {
    return statements.exclusiveKey.get(now, key) as ExclusiveKeyRow | undefined;
  }

  /** Whether another operation holds a key; one that has outlived its lease makes room. */
  function isExcluded(key: string, now: number, transaction: Transaction): boolean {
    const row = exclusiveRow(key, now);
    if (row?.held === 0) {
      statements.freeExclusiveKey.run(row.create_time_us);
      transaction.wrote();
    }
    return row?.held === 1;
  }

  return {
    earlier(requestKey) {
      const row = requestRow(requestKey, toUs(clock.now()));
      return row && earlierOf(row);
    },

    isTaken: (exclusiveKey) => exclusiveRow(exclusiveKey, toUs(clock.now()))?.held === 1,

    // The statements before the insert only take away what nobody can see, and may stand without it.
    insert: (operation, as) => (transaction) => {
      const { name, requestKey, exclusiveKey } = operation;
      const now = toUs(clock.now());
      const before = requestKey && lookUp(requestKey.key, now, transaction);
      if (before !== undefined) {
        return before;
      }
      if (exclusiveKey !== undefined && isExcluded(exclusiveKey, now, transaction)) {
        return { kind: "excluded" };
      }
      const row = newRow(operation, as, now);
      const change = transaction.number;
      const insertAt = (createTimeUs: number) => {
        insertRow({
          create_time_us: createTimeUs,
          ...row,
          change,
          ...(as.kind === "done" && { end_time_us: Math.max(now, createTimeUs) }),
        });
      };
      let createTimeUs: number;
      try {
        createTimeUs = insertAtFreeTime(insertAt, { now, transaction });
      } catch (cause) {
        throw hasResultCode(cause, "SQLITE_CONSTRAINT_UNIQUE")
          ? new Error(`An operation "${name}" exists already`, { cause })
          : cause;
      }
      const record = newRecord(operation, as, { now, createTimeUs });
      transaction.wrote({
        name,
        state: record.state,
        fence: row.fence ?? 0,
        cancelRequested: false,
        deleted: false,
      });
      return { kind: "inserted", record };
    },
  };
}

function earlierOf(row: RequestKeyRow): EarlierRequest | undefined {
  if (row.visible === 1) {
    const record = recordOf(row.name, row);
    return { kind: "duplicate", record, request: bytes(row.request) };
  }
  return row.remembered === 1 ? { kind: "gone" } : undefined;
}

const collection = "/operations/";

function newRow(operation: NewOperation, as: InitialState, now: number): NewRow {
  const { owner, metadata, requestKey, exclusiveKey } = operation;
  const parent = operation.name.slice(0, Math.max(operation.name.lastIndexOf(collection), 0));
  const retentionUs = toUs(operation.retentionMs);
  return {
    name: operation.name,
    method: operation.method,
    request: as.kind === "done" && requestKey === undefined ? noBytes : operation.request,
    max_losses: operation.maxLosses,
    cancel_grace_us: toUs(operation.cancelGraceMs),
    retention_us: retentionUs,
    ...initialColumns(as, { now, retentionUs }),
    ...(owner !== "" && { owner }),
    ...(parent !== "" && { parent }),
    ...(metadata !== undefined && { metadata_type: metadata.typeUrl, metadata: metadata.value }),
    ...(requestKey !== undefined && {
      request_key: requestKey.key,
      remember_until_us: now + toUs(requestKey.rememberMs),
    }),
    ...(exclusiveKey !== undefined && as.kind !== "done" && { exclusive_key: exclusiveKey }),
  };
}

const noBytes = new Uint8Array();

/** What the table's defaults, which are those of a queued operation, do not say. */
function initialColumns(
  as: InitialState,
  { now, retentionUs }: { readonly now: number; readonly retentionUs: number },
): Partial<NewRow> & Pick<NewRow, "due_us"> {
  switch (as.kind) {
    case "queued":
      return { due_us: now };
    case "claimed": {
      const leaseEnd = now + toUs(as.leaseMs);
      return { state: 1, fence: 1, attempt: 1, due_us: leaseEnd, lease_end_us: leaseEnd };
    }
    case "external": {
      const timeout = now + toUs(as.timeoutMs);
      return { state: 1, fence: 1, external: 1, due_us: timeout, lease_end_us: timeout };
    }
    case "done": {
      const [error_code, result_type, result] = resultColumns(as.result);
      const due_us = now + retentionUs;
      return { state: 2, fence: 1, due_us, error_code, result_type, result };
    }
  }
}

function newRecord(
  { name, method, owner, metadata }: NewOperation,
  as: InitialState,
  { now, createTimeUs }: { readonly now: number; readonly createTimeUs: number },
): OperationRecord {
  const done = as.kind === "done";
  return {
    name,
    method,
    owner,
    state: done ? "done" : as.kind === "queued" ? "queued" : "running",
    external: as.kind === "external",
    cancelRequested: false,
    createTimeUs,
    endTimeUs: done ? Math.max(now, createTimeUs) : undefined,
    metadata,
    result: done ? as.result : undefined,
  };
}
