// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type {
  Cancellation,
  Lease,
  LeasedWrite,
  OperationResult,
  RenewedLease,
} from "../../server/store.ts";
import { toUs } from "./micros.ts";
import { type ChangeRow, changeOf, resultColumns } from "./rows.ts";
import type { Statements } from "./statements.ts";
import type { Transaction, Write } from "./transaction.ts";

/** What an `OperationStore` writes to what is there, each write as a part of a transaction. */
export interface Writes {
  renew(lease: Lease, leaseMs: number): Write<RenewedLease>;
  update(lease: Lease, write: LeasedWrite): Write<boolean>;
  cancel(name: string, result: OperationResult): Write<Cancellation>;
  delete(name: string): Write<boolean>;
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
          cut_off: write.kind === "end" && write.cutOff === true ? 1 : 0,
          // Those have no lease to lose, and nobody could claim them from the queue.
          external: write.kind === "end" ? 1 : 0,
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
      const now = nowUs();
      const [code, type, value] = resultColumns(result);
      const row = statements.cancel.get({
        name,
        change: transaction.number,
        now,
        error_code: code,
        result_type: type,
        result: value,
      }) as ChangeRow | undefined;
      if (row === undefined) {
        return statements.isThere.get(name, now) === undefined ? "absent" : "unchanged";
      }
      const change = changeOf(name, row);
      transaction.wrote(change);
      return change.state === "done" ? "ended" : "requested";
    },

    delete: (name) => (transaction) => {
      const now = nowUs();
      const change = transaction.number;
      const row = statements.delete.get({ name, change, now, purge_time: now + purgeDelayUs });
      return changed(name, row, transaction);
    },
  };
}
