// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import { toUs } from "./micros.ts";
import type { Statements } from "./statements.ts";
import type { Write } from "./transaction.ts";

interface PurgingOptions {
  readonly statements: Statements;
  readonly clock: Clock;
}

interface RemovableRow {
  readonly create_time_us: number;
  readonly remembered: number;
}

/**
 * Removes operations that are to be removed, and in the same measure what was left of others. Its
 * statements may stand one without the other.
 */
export function purging({ statements, clock }: PurgingOptions): (limit: number) => Write<number> {
  return (limit) => (transaction) => {
    const now = toUs(clock.now());
    const rows = statements.removable.all({ now, limit }) as RemovableRow[];
    const forgotten = statements.forgettable.all(now, limit) as Omit<RemovableRow, "remembered">[];
    const stripped = rows.filter(({ remembered }) => remembered === 1);
    const removed = [...rows.filter(({ remembered }) => remembered === 0), ...forgotten];
    if (stripped.length > 0) {
      statements.strip.run({ stripped: keysOf(stripped), now });
      transaction.wrote();
    }
    if (removed.length > 0) {
      statements.remove.run(keysOf(removed));
      transaction.wrote();
    }
    return rows.length;
  };
}

function keysOf(rows: readonly Pick<RemovableRow, "create_time_us">[]): string {
  return JSON.stringify(rows.map((row) => row.create_time_us));
}
