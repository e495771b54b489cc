// SPDX-License-Identifier: Apache-2.0

import { randomInt } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { OperationChange } from "../../server/store.ts";
import { inTransaction, type SqliteDatabase } from "./database.ts";
import { hasResultCode } from "./result-code.ts";
import type { Statements } from "./statements.ts";

/** What a write sees of the transaction that it takes part in. */
export interface Transaction {
  /** Rises from one transaction to the next, whichever process it is of; never used again. */
  readonly number: number;
  /** To be called once something was written, with what others will see of it, if anything. */
  wrote(change?: OperationChange): void;
}

/**
 * One conditional write, and an answer. Where several statements write, each may stand without those
 * that follow: one may fail by itself. It is called again if its transaction came to nothing.
 */
export type Write<T> = (transaction: Transaction) => T;

/** A write's own answer. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** A transaction that is durable. */
export interface CommittedTransaction {
  readonly number: number;
  /** The number of the one before it, of whatever process. */
  readonly previous: number;
  readonly changes: readonly OperationChange[];
}

/**
 * What became of a transaction.
 *
 * - `committed`: `answers` are those of the first writes; for the rest there was no time. There is no
 *   transaction if nothing had to be written.
 * - `locked`: another process holds the database's lock; nothing took place.
 * - `undone`: nothing took place.
 * - `unknown`: it cannot be told.
 */
export type TransactionOutcome =
  | {
      readonly kind: "committed";
      readonly answers: readonly Answer[];
      readonly transaction: CommittedTransaction | undefined;
    }
  | { readonly kind: "locked" | "undone" | "unknown"; readonly error: unknown };

/** Makes writes in one transaction. */
export type Transact = (writes: readonly Write<unknown>[]) => TransactionOutcome;

// A transaction begins no further write after this long, so as not to keep the event loop.
const transactionMs = 10;
// How many transactions later a process that has written none is taken to be gone.
const writerMemory = 100;

export function transactions(
  database: SqliteDatabase,
  { statements, clock }: { readonly statements: Statements; readonly clock: Clock },
): Transact {
  const writerId = randomInt(1, 2 ** 47);
  let hasWritten = false;

  function answerOf(write: Write<unknown>, transaction: Transaction): Answer {
    try {
      return { ok: true, value: write(transaction) };
    } catch (error) {
      // SQLite ends the transaction by itself after some errors; then nothing of it stands.
      if (hasResultCode(error, "SQLITE_BUSY") || !inTransaction(database)) {
        throw error;
      }
      return { ok: false, error };
    }
  }

  function mark(number: number): void {
    statements.markChange.run(writerId, number);
    if (!hasWritten) {
      statements.forgetWriters.run(number - writerMemory);
    }
  }

  /** After an error: whether the transaction took place even so. Ends it if it stands. */
  function tookPlace(number: number): boolean {
    if (inTransaction(database)) {
      database.exec("ROLLBACK");
      return false;
    }
    const own = statements.ownChange.get(writerId) as { readonly change: number } | undefined;
    return own?.change === number;
  }

  function failed(error: unknown): TransactionOutcome {
    return { kind: hasResultCode(error, "SQLITE_BUSY") ? "locked" : "undone", error };
  }

  return (writes) => {
    try {
      // Not prepared: a statement of libsql that is refused a lock stays in progress, and then no
      // COMMIT succeeds until it is collected.
      database.exec("BEGIN IMMEDIATE");
    } catch (error) {
      return failed(error);
    }
    const answers: Answer[] = [];
    const changes: OperationChange[] = [];
    let previous = -1;
    let wrote = false;
    try {
      ({ change: previous } = statements.lastChange.get() as { readonly change: number });
      const transaction: Transaction = {
        number: previous + 1,
        wrote(change) {
          wrote = true;
          if (change !== undefined) {
            changes.push(change);
          }
        },
      };
      const endMs = clock.monotonic() + transactionMs;
      for (const write of writes) {
        if (
          answers.push(answerOf(write, transaction)) < writes.length &&
          clock.monotonic() > endMs
        ) {
          break;
        }
      }
      if (wrote) {
        mark(transaction.number);
      }
      database.exec("COMMIT");
    } catch (error) {
      try {
        if (!tookPlace(previous + 1)) {
          return failed(error);
        }
      } catch {
        return { kind: "unknown", error };
      }
    }
    hasWritten ||= wrote;
    const transaction = wrote ? { number: previous + 1, previous, changes } : undefined;
    return { kind: "committed", answers, transaction };
  };
}
