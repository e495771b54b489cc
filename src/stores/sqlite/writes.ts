// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type {
  ClaimQuery,
  Lease,
  LeasedWrite,
  NewOperation,
  OperationClaim,
  OperationRecord,
  OperationResult,
  RenewedLease,
} from "../../server/store.ts";
import { createTimes } from "./create-times.ts";
import { hasResultCode } from "./result-code.ts";
import { type ChangeRow, type ClaimRow, changeOf, claimOf, resultColumns } from "./rows.ts";
import type { Statements } from "./statements.ts";
import type { Transaction, Write } from "./transaction.ts";

/** The writes of an `OperationStore`, each as a part of a transaction. */
export interface Writes {
  insert(operation: NewOperation, leaseMs: number | undefined): Write<OperationRecord>;
  claim(query: ClaimQuery): Write<readonly OperationClaim[]>;
  renew(lease: Lease, leaseMs: number): Write<RenewedLease>;
  update(lease: Lease, write: LeasedWrite): Write<boolean>;
  cancel(name: string, result: OperationResult): Write<boolean>;
  delete(name: string): Write<boolean>;
  purge(limit: number): Write<number>;
}

interface WritesOptions {
  readonly statements: Statements;
  readonly clock: Clock;
}

// Something deleted is kept for a while longer, so that every process learns of it.
const purgeDelayUs = 60_000_000;
// Later than any lease ends.
const never = Number.MAX_SAFE_INTEGER;

export function createWrites({ statements, clock }: WritesOptions): Writes {
  const insertAtFreeTime = createTimes(statements);

  const nowUs = () => toUs(clock.now());

  /** The answer of an update that gives its row back, if there was one to update. */
  function changed(name: string, row: unknown, transaction: Transaction): boolean {
    if (row === undefined) {
      return false;
    }
    transaction.wrote(changeOf(name, row as ChangeRow));
    return true;
  }

  return {
    insert: (operation, leaseMs) => (transaction) => {
      const { name, method, request, metadata, maxLosses, cancelGraceMs } = operation;
      const now = nowUs();
      const claims = leaseMs === undefined ? 0 : 1;
      const leaseEnd = leaseMs === undefined ? null : now + toUs(leaseMs);
      const insertAt = (createTimeUs: number) =>
        statements.insert.run(
          createTimeUs,
          name,
          method,
          claims,
          claims,
          transaction.number,
          claims,
          maxLosses,
          leaseEnd ?? now,
          leaseEnd,
          toUs(cancelGraceMs),
          metadata?.typeUrl ?? null,
          metadata?.value ?? null,
          request,
        );
      let createTimeUs: number;
      try {
        createTimeUs = insertAtFreeTime(insertAt, { now, transaction });
      } catch (cause) {
        throw hasResultCode(cause, "SQLITE_CONSTRAINT_UNIQUE")
          ? new Error(`An operation "${name}" exists already`, { cause })
          : cause;
      }
      const state = claims === 1 ? "running" : "queued";
      const unmarked = { cancelRequested: false, deleted: false };
      transaction.wrote({ name, state, fence: claims, ...unmarked });
      return {
        name,
        method,
        state,
        cancelRequested: false,
        createTimeUs,
        endTimeUs: undefined,
        metadata,
        result: undefined,
      };
    },

    claim:
      ({ methods, limit, leaseMs }) =>
      (transaction) => {
        const now = nowUs();
        const due = statements.claimable.all(now, JSON.stringify(methods), limit) as {
          readonly create_time_us: number;
        }[];
        if (due.length === 0) {
          return [];
        }
        const order = due.map((row) => row.create_time_us);
        const rows = statements.claim.all({
          change: transaction.number,
          lease_end: now + toUs(leaseMs),
          claimable: JSON.stringify(order),
        }) as ClaimRow[];
        rows.sort((a, b) => order.indexOf(a.create_time_us) - order.indexOf(b.create_time_us));
        for (const row of rows) {
          transaction.wrote(changeOf(row.name, row));
        }
        return rows.map(claimOf);
      },

    renew:
      ({ name, fence }, leaseMs) =>
      (transaction) => {
        const values = { name, fence, lease_end: nowUs() + toUs(leaseMs) };
        const row = statements.renew.get(values) as
          | { readonly cancel_time_us: number | null }
          | undefined;
        if (row === undefined) {
          return { held: false, cancelRequested: false };
        }
        transaction.wrote();
        return { held: true, cancelRequested: row.cancel_time_us !== null };
      },

    update:
      ({ name, fence }, write) =>
      (transaction) => {
        const change = transaction.number;
        if (write.kind === "report") {
          const { typeUrl, value } = write.metadata;
          const row = statements.report.get(typeUrl, value, change, name, fence);
          return changed(name, row, transaction);
        }
        const now = nowUs();
        const lost = write.kind === "lose";
        const result = write.kind === "release" ? undefined : write.result;
        const [code, type, value] = resultColumns(result);
        const [cancelledCode, cancelledType, cancelledValue] = resultColumns(
          write.ifCancelled ?? result,
        );
        const metadata = lost ? undefined : write.metadata;
        const row = statements.settle.get({
          name,
          fence,
          change,
          now,
          losses: lost ? 1 : 0,
          due: lost ? now + toUs(write.delayMs) : now,
          lapsed_by: lost ? now : never,
          purge_time: now + purgeDelayUs,
          metadata_type: metadata?.typeUrl ?? null,
          metadata: metadata?.value ?? null,
          error_code: code,
          result_type: type,
          result: value,
          cancelled_error_code: cancelledCode,
          cancelled_result_type: cancelledType,
          cancelled_result: cancelledValue,
        });
        return changed(name, row, transaction);
      },

    cancel: (name, result) => (transaction) => {
      const [code, type, value] = resultColumns(result);
      const row = statements.cancel.get({
        name,
        change: transaction.number,
        now: nowUs(),
        error_code: code,
        result_type: type,
        result: value,
      });
      return changed(name, row, transaction) || statements.read.get(name) !== undefined;
    },

    delete: (name) => (transaction) => {
      const now = nowUs();
      const change = transaction.number;
      const row = statements.delete.get({ name, change, now, purge_time: now + purgeDelayUs });
      return changed(name, row, transaction);
    },

    purge: (limit) => (transaction) => {
      const removed = statements.purge.all(nowUs(), limit).length;
      if (removed > 0) {
        transaction.wrote();
      }
      return removed;
    },
  };
}

function toUs(ms: number): number {
  return Math.round(ms * 1000);
}
