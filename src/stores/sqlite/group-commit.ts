// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../clock.ts";
import { operationsError } from "../../server/errors.ts";
import type { Answer, CommittedTransaction, Transact, Write } from "./transaction.ts";

/** Writes, of which those of one turn of the event loop share a transaction. */
export interface GroupCommit {
  /** Settles once the write is durable, or is known not to be. */
  write<T>(write: Write<T>): Promise<T>;
  /** Settles once nothing is left to be written. */
  idle(): Promise<void>;
}

interface GroupCommitOptions {
  readonly clock: Clock;
  /** For how long a write waits while other processes hold the database's lock. */
  readonly lockTimeoutMs: number;
  onCommit(transaction: CommittedTransaction): void;
}

interface PendingWrite {
  readonly write: Write<unknown>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  /** Set once its transaction was lost, perhaps because of another write in it. */
  alone: boolean;
  /** When the database's lock was first refused to it. */
  refusedAtMs: number | undefined;
}

const maxBatch = 1_000;
// How often, at least, a lock that another process holds is tried.
const maxRetryMs = 5;

export function groupCommit(transact: Transact, options: GroupCommitOptions): GroupCommit {
  const { clock, lockTimeoutMs, onCommit } = options;
  let queue: PendingWrite[] = [];
  // Whether a flush will come: soon, or when the lock is tried again.
  let scheduled = false;
  let refusals = 0;
  const onIdle: (() => void)[] = [];

  function schedule(): void {
    if (!scheduled && queue.length > 0) {
      scheduled = true;
      setImmediate(flush);
    } else if (!scheduled) {
      for (const resolve of onIdle.splice(0)) {
        resolve();
      }
    }
  }

  function takeBatch(): PendingWrite[] {
    const end = queue[0]?.alone ? 1 : queue.findIndex(({ alone }) => alone);
    return queue.splice(0, end === -1 ? maxBatch : Math.min(end, maxBatch));
  }

  function flush(): void {
    scheduled = false;
    const batch = takeBatch();
    const outcome = transact(batch.map(({ write }) => write));
    if (outcome.kind === "locked") {
      queue = batch.concat(queue);
      retryLater(outcome.error);
      return;
    }
    refusals = 0;
    if (outcome.kind === "committed") {
      const { answers, transaction } = outcome;
      queue = batch.splice(answers.length).concat(queue);
      for (const [index, pending] of batch.entries()) {
        settle(pending, answers[index]);
      }
      schedule();
      if (transaction !== undefined) {
        onCommit(transaction);
      }
      return;
    }
    if (outcome.kind === "undone" && batch.length > 1) {
      queue = batch.map((pending) => ({ ...pending, alone: true })).concat(queue);
    } else {
      const error = outcome.kind === "unknown" ? unknownError(outcome.error) : outcome.error;
      for (const { reject } of batch) {
        reject(error);
      }
    }
    schedule();
  }

  // The event loop goes on meanwhile. The timer keeps the process alive, as somebody awaits a write.
  function retryLater(cause: unknown): void {
    const now = clock.monotonic();
    queue = queue.filter((pending) => {
      pending.refusedAtMs ??= now;
      const waits = now - pending.refusedAtMs < lockTimeoutMs;
      if (!waits) {
        pending.reject(lockedError(cause));
      }
      return waits;
    });
    if (queue.length === 0) {
      schedule();
      return;
    }
    scheduled = true;
    setTimeout(flush, Math.min(2 ** refusals++, maxRetryMs) * (0.5 + Math.random() / 2));
  }

  return {
    write: <T>(write: Write<T>) =>
      new Promise<T>((resolve, reject) => {
        queue.push({
          write,
          resolve: resolve as (answer: unknown) => void,
          reject,
          alone: false,
          refusedAtMs: undefined,
        });
        schedule();
      }),

    idle: () =>
      new Promise((resolve) => {
        onIdle.push(resolve);
        schedule();
      }),
  };
}

function settle({ resolve, reject }: PendingWrite, answer: Answer | undefined): void {
  if (answer?.ok) {
    resolve(answer.value);
  } else {
    reject(answer?.error);
  }
}

function unknownError(cause: unknown): Error {
  const message = "The database failed in a COMMIT; the write may have taken place, or not";
  return new Error(message, { cause });
}

function lockedError(cause: unknown): ConnectError {
  const error = operationsError({
    code: Code.Unavailable,
    message: "the database is locked by another process",
    reason: "DATABASE_LOCKED",
    domain: "longrunning",
  });
  error.cause = cause;
  return error;
}
