// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationChange } from "../../server/store.ts";
import { type ChangeRow, changeOf } from "./rows.ts";
import type { Statements } from "./statements.ts";
import type { CommittedTransaction } from "./transaction.ts";

/** Tells this process what was written, by itself and by others. */
export interface ChangeFeed {
  subscribe(listener: (changes: readonly OperationChange[]) => void): () => void;
  /** Is to be called after every transaction of this process. */
  committed(transaction: CommittedTransaction): void;
  close(): void;
}

interface ChangeFeedOptions {
  readonly statements: Statements;
  readonly clock: Clock;
  /** The number of the last transaction that nobody needs to be told of. */
  readonly lastChange: number;
}

interface ChangesSinceRow extends ChangeRow {
  readonly create_time_us: number;
  readonly change: number;
  readonly name: string;
}

// How often a process looks for what others wrote, while anybody wants to know. One look costs about
// three microseconds.
const pollMs = 5;
// How many changes are read at a time.
const pageSize = 1_000;

export function changeFeed({ statements, clock, ...options }: ChangeFeedOptions): ChangeFeed {
  const listeners = new Set<(changes: readonly OperationChange[]) => void>();
  // Everything up to here was delivered, and whatever lies above it is of other processes.
  let seen = endOf(options.lastChange);
  let seenVersion = -1;
  // Whether there is more to read even if no other process has written since.
  let behind = false;
  let cancelPoll = () => {};

  function lastChange(): number {
    return (statements.lastChange.get() as { readonly change: number }).change;
  }

  function dataVersion(): number {
    return (statements.dataVersion.get() as { readonly data_version: number }).data_version;
  }

  function start(): void {
    try {
      seenVersion = dataVersion();
      seen = endOf(lastChange());
      behind = false;
    } catch {
      // From where the last subscription ended, then: a change too many does no harm.
      behind = true;
    }
    cancelPoll = clock.schedule(poll, pollMs);
  }

  function poll(): void {
    let changes: readonly OperationChange[] = [];
    try {
      // It moves when another connection commits.
      const version = dataVersion();
      if (version !== seenVersion || behind) {
        changes = readOn();
        seenVersion = version;
      }
    } catch {
      // Who reads or writes is told what is wrong with the database; the next poll tries again.
    }
    cancelPoll = clock.schedule(poll, pollMs);
    deliver(changes);
  }

  function readOn(): readonly OperationChange[] {
    const last = lastChange();
    const { change, createTimeUs } = seen;
    const rows = statements.changesSince.all(change, createTimeUs, pageSize) as ChangesSinceRow[];
    const lastRow = rows.at(-1);
    behind = rows.length === pageSize;
    if (behind && lastRow !== undefined) {
      seen = { change: lastRow.change, createTimeUs: lastRow.create_time_us };
    } else {
      seen = endOf(Math.max(last, lastRow?.change ?? 0));
    }
    return rows.map((row) => changeOf(row.name, row));
  }

  function deliver(changes: readonly OperationChange[]): void {
    if (changes.length > 0) {
      for (const listener of listeners) {
        listener(changes);
      }
    }
  }

  return {
    subscribe(listener) {
      if (listeners.size === 0) {
        start();
      }
      const own: typeof listener = (changes) => listener(changes);
      listeners.add(own);
      return () => {
        if (listeners.delete(own) && listeners.size === 0) {
          cancelPoll();
        }
      };
    },

    committed({ number, previous, changes }) {
      if (listeners.size === 0) {
        return;
      }
      if (previous === seen.change && !behind) {
        seen = endOf(number);
        deliver(changes);
        return;
      }
      // Other processes came first: theirs and ours are read together.
      let all: readonly OperationChange[] = [];
      try {
        all = readOn();
      } catch {
        behind = true;
      }
      deliver(all);
    },

    close() {
      cancelPoll();
      listeners.clear();
    },
  };
}

/** The place after every row of a transaction. */
function endOf(change: number): { readonly change: number; readonly createTimeUs: number } {
  return { change, createTimeUs: Number.MAX_SAFE_INTEGER };
}
