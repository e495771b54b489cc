// SPDX-License-Identifier: Apache-2.0

import { hasResultCode } from "./result-code.ts";
import type { Statements } from "./statements.ts";
import type { Transaction } from "./transaction.ts";

/** When, and in which transaction, something is created. */
interface Moment {
  /** Microseconds since the Unix epoch. */
  readonly now: number;
  readonly transaction: Transaction;
}

/** Inserts with a creation time that is free, and gives it back. */
type InsertAtFreeTime = (insert: (createTimeUs: number) => void, moment: Moment) => number;

// Creation times further ahead than this are a wrong clock's, and none to keep up with.
const clockSkewUs = 1_000_000;

/** Creation times are distinct, and rise, whichever process they are of. */
export function createTimes(statements: Statements): InsertAtFreeTime {
  let lastUs = 0;
  let lastTransaction = 0;

  return (insert, { now, transaction: { number } }) => {
    if (number !== lastTransaction) {
      // Other processes may have written since.
      const row = statements.latestCreateTime.get(now + clockSkewUs);
      lastUs = Math.max(lastUs, (row as { readonly latest: number | null }).latest ?? 0);
      lastTransaction = number;
    }
    for (let createTimeUs = Math.max(lastUs + 1, now); ; createTimeUs++) {
      try {
        insert(createTimeUs);
        lastUs = createTimeUs;
        return createTimeUs;
      } catch (error) {
        // It is taken, by a wrong clock after all.
        if (!hasResultCode(error, "SQLITE_CONSTRAINT_PRIMARYKEY")) {
          throw error;
        }
      }
    }
  };
}
