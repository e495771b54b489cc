// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationRecord, OverdueOperation, OverdueOperations } from "../../server/store.ts";
import { toUs } from "./micros.ts";
import { bytes, type DriverBytes, type RecordRow, recordOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** The reads of an `OperationStore`, but for its lists. */
export interface Reads {
  read(name: string): OperationRecord | undefined;
  overdue(limit: number): OverdueOperations;
  secret(): Uint8Array;
}

interface ReadsOptions {
  readonly statements: Statements;
  readonly clock: Clock;
}

interface OverdueRow {
  readonly name: string;
  readonly method: string;
  readonly external: number;
  readonly fence: number;
  readonly losses: number;
  readonly max_losses: number;
  readonly lease_end_us: number;
  readonly due_us: number;
}

export function createReads({ statements, clock }: ReadsOptions): Reads {
  return {
    read(name) {
      const row = statements.read.get(name, toUs(clock.now())) as RecordRow | undefined;
      return row === undefined ? undefined : recordOf(name, row);
    },

    overdue(limit) {
      const nowUs = toUs(clock.now());
      const rows = statements.overdue.all(limit + 1) as OverdueRow[];
      const overdue = rows.slice(0, limit).filter((row) => row.due_us <= nowUs);
      const next = rows[overdue.length];
      return {
        overdue: overdue.map((row) => ({
          name: row.name,
          fence: row.fence,
          method: row.method,
          losses: row.losses,
          maxLosses: row.max_losses,
          reason: reasonOf(row, nowUs),
        })),
        nextInMs:
          next === undefined ? undefined : Math.max(0, Math.ceil((next.due_us - nowUs) / 1000)),
      };
    },

    secret() {
      return bytes((statements.secret.get() as { readonly value: DriverBytes }).value);
    },
  };
}

function reasonOf(row: OverdueRow, nowUs: number): OverdueOperation["reason"] {
  if (row.lease_end_us > nowUs) {
    return "cancel";
  }
  return row.external === 1 ? "timeout" : "lease";
}
