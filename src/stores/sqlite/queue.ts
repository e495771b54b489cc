// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type {
  ClaimQuery,
  OperationClaim,
  UnclaimedOperation,
  UnclaimedQuery,
} from "../../server/store.ts";
import { toUs } from "./micros.ts";
import { type ClaimRow, changeOf, claimOf } from "./rows.ts";
import type { Statements } from "./statements.ts";
import type { Write } from "./transaction.ts";

/** The operations that wait to be claimed. */
export interface Queue {
  claim(query: ClaimQuery): Write<readonly OperationClaim[]>;
  unclaimed(query: UnclaimedQuery): readonly UnclaimedOperation[];
}

interface QueueOptions {
  readonly statements: Statements;
  readonly clock: Clock;
}

interface QueuedRow {
  readonly create_time_us: number;
  readonly due_us: number;
}

interface UnclaimedRow extends QueuedRow, UnclaimedOperation {}

export function createQueue({ statements, clock }: QueueOptions): Queue {
  /** What is to be claimed next. Each method is looked at by itself, whatever waits of the others. */
  function claimable(
    { methods, limit, suspectLimit }: ClaimQuery,
    now: number,
  ): readonly QueuedRow[] {
    const rows = methods.flatMap(
      (method) => statements.claimable.all(method, now, limit) as QueuedRow[],
    );
    if (suspectLimit > 0) {
      const names = JSON.stringify(methods);
      rows.push(...(statements.suspects.all(now, names, suspectLimit) as QueuedRow[]));
    }
    return longestFirst(rows, limit);
  }

  return {
    claim: (query) => (transaction) => {
      const now = toUs(clock.now());
      const rows = claimable(query, now);
      if (rows.length === 0) {
        return [];
      }
      const order = rows.map((row) => row.create_time_us);
      const claims = statements.claim.all({
        change: transaction.number,
        lease_end: now + toUs(query.leaseMs),
        claimable: JSON.stringify(order),
      }) as ClaimRow[];
      claims.sort((a, b) => order.indexOf(a.create_time_us) - order.indexOf(b.create_time_us));
      for (const row of claims) {
        transaction.wrote(changeOf(row.name, row));
      }
      return claims.map(claimOf);
    },

    unclaimed({ notMethods, forMs, limit }) {
      const dueBy = toUs(clock.now()) - toUs(forMs);
      const queued = statements.queuedMethods.all() as { readonly method: string }[];
      const rows = queued
        .filter(({ method }) => !notMethods.includes(method))
        .flatMap(({ method }) => statements.unclaimed.all(method, dueBy, limit) as UnclaimedRow[]);
      const names = JSON.stringify(notMethods);
      rows.push(...(statements.unclaimedSuspects.all(dueBy, names, limit) as UnclaimedRow[]));
      return longestFirst(rows, limit).map(({ name, method }) => ({ name, method }));
    },
  };
}

/** Those that have been due for longest, which they may be in several lists. */
function longestFirst<Row extends QueuedRow>(rows: Row[], limit: number): readonly Row[] {
  rows.sort((a, b) => a.due_us - b.due_us || a.create_time_us - b.create_time_us);
  return rows.slice(0, limit);
}
