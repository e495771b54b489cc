// SPDX-License-Identifier: Apache-2.0

import { isRunnable, type RunnableMethod, type ServedMethods } from "../method.ts";
import type { OperationChange, OperationClaim, OperationStore } from "../store.ts";
import { inNextTurn } from "../turn.ts";
import {
  type Attempt,
  type AttemptHost,
  cancelAttempt,
  fenceOff,
  isOver,
  newAttempt,
  releaseAttempt,
  runAttempt,
} from "./attempt.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";

/** Claims operations, and runs as many of them at a time as there are slots. */
export interface Worker {
  /** Begins to claim. */
  start(): void;
  /**
   * Takes a slot for an operation that is about to be stored claimed; false if none is free. What
   * has become of it is told by `land`.
   */
  reserve(): boolean;
  /**
   * Runs an operation in the slot that was reserved for it, or frees the slot, if there is none.
   * `stopByMs` is from before the claim was sent.
   */
  land(claim: OperationClaim | undefined, stopByMs: number): void;
  /** There may be something to claim. */
  wake(): void;
  changed(change: OperationChange): void;
  /** Claims no more, lets handlers end for `drainMs`, and gives back what is left. */
  drain(drainMs: number): Promise<void>;
}

interface WorkerOptions {
  readonly store: OperationStore;
  readonly host: Omit<AttemptHost, "onSettled">;
  readonly keeper: LeaseKeeper;
  /** Grows with each service that is implemented. */
  readonly methods: ServedMethods;
  readonly concurrency: number;
  readonly leaseMs: number;
  onError(error: unknown): void;
  /** As `Clock.schedule`. */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** A worker that does nothing until it is started. */
export function createWorker(options: WorkerOptions): Worker {
  const { store, host, keeper, methods, concurrency, leaseMs, onError, schedule } = options;
  const attemptHost: AttemptHost = { ...host, onSettled };
  const attempts = new Set<Attempt>();
  // The latest attempt at each operation: one that ignores its signal may outlive its lease.
  const byName = new Map<string, Attempt>();
  let toBegin: Attempt[] = [];
  let free = concurrency;
  let accepting = false;
  let claiming = false;
  // Whether the queue may hold more than the last claim has taken.
  let mayHaveMore = false;
  // Claims that were sent to the store and are not answered, or, while draining, not given back.
  let inFlight = 0;
  let onLanded: (() => void) | undefined;
  let onIdle: (() => void) | undefined;

  function landAll(claims: readonly OperationClaim[], stopByMs: number): void {
    if (accepting) {
      inFlight--;
      for (const claim of claims) {
        run(claim, stopByMs);
      }
      return;
    }
    // The answer came after the shutdown began: it is too late to start.
    void Promise.all(claims.map(giveBack)).then(() => {
      inFlight--;
      if (inFlight === 0) {
        onLanded?.();
      }
    });
  }

  async function giveBack(claim: OperationClaim): Promise<void> {
    const ifCancelled = methodOf(claim).cancelled;
    try {
      await host.conclusions.conclude(claim, { kind: "release", ifCancelled });
    } catch (error) {
      onError(error);
    }
  }

  function methodOf(claim: OperationClaim): RunnableMethod {
    const method = methods.get(claim.method);
    if (method === undefined || !isRunnable(method)) {
      throw new Error(`"${claim.method}" is not run here`);
    }
    return method;
  }

  function run(claim: OperationClaim, stopByMs: number): void {
    const method = methodOf(claim);
    const attempt = newAttempt({ claim, method, stopByMs }, attemptHost);
    attempts.add(attempt);
    byName.set(claim.name, attempt);
    keeper.keep(attempt);
    // Who has started it is answered first: its handler may compute for a while.
    if (toBegin.length === 0) {
      inNextTurn(beginAll);
    }
    toBegin.push(attempt);
  }

  function beginAll(): void {
    const beginning = toBegin;
    toBegin = [];
    for (const attempt of beginning) {
      void runAttempt(attempt);
    }
  }

  function onSettled(attempt: Attempt): void {
    const { name } = attempt.claim;
    attempts.delete(attempt);
    keeper.letGo(attempt);
    if (byName.get(name) === attempt) {
      byName.delete(name);
    }
    free++;
    mayHaveMore ||= isSuspect(attempt.claim);
    if (mayHaveMore) {
      void fill();
    }
    if (attempts.size === 0) {
      onIdle?.();
    }
  }

  // One that is over, and goes on all the same, must not keep the others waiting for ever.
  function runsSuspect(): boolean {
    return [...attempts].some((attempt) => !isOver(attempt) && isSuspect(attempt.claim));
  }

  async function fill(): Promise<void> {
    mayHaveMore = true;
    while (accepting && !claiming && free > 0 && mayHaveMore) {
      const runnable = [...methods.values()].filter(isRunnable).map(({ key }) => key);
      if (runnable.length === 0) {
        break;
      }
      const limit = free;
      const stopByMs = keeper.stopByMs();
      free -= limit;
      claiming = true;
      inFlight++;
      mayHaveMore = false;
      let claims: readonly OperationClaim[] = [];
      try {
        claims = await store.claim({
          methods: runnable,
          limit,
          suspectLimit: runsSuspect() ? 0 : 1,
          leaseMs,
        });
      } catch (error) {
        // The next sweep, or the next change, tries again.
        onError(error);
      }
      claiming = false;
      free += limit - claims.length;
      mayHaveMore ||= claims.length === limit;
      landAll(claims, stopByMs);
    }
  }

  return {
    start() {
      accepting = true;
      void fill();
    },
    reserve() {
      // Those that queue already come first.
      if (!accepting || free === 0 || mayHaveMore) {
        return false;
      }
      free--;
      inFlight++;
      return true;
    },
    land(claim, stopByMs) {
      if (claim === undefined) {
        free++;
      }
      landAll(claim === undefined ? [] : [claim], stopByMs);
      if (mayHaveMore) {
        void fill();
      }
    },
    wake: () => void fill(),
    changed({ name, state, fence, cancelRequested }) {
      const attempt = byName.get(name);
      if (attempt !== undefined && cancelRequested) {
        cancelAttempt(attempt);
      }
      if (attempt !== undefined && fence > attempt.claim.fence) {
        fenceOff(attempt);
      }
      if (state === "queued") {
        void fill();
      }
    },
    async drain(drainMs) {
      accepting = false;
      const unbegun = toBegin.map(releaseAttempt);
      const landed = inFlight === 0 || new Promise<void>((resolve) => (onLanded = resolve));
      if (attempts.size > 0) {
        await new Promise<void>((resolve) => {
          const cancelTimer = schedule(resolve, drainMs);
          onIdle = () => {
            cancelTimer();
            resolve();
          };
        });
      }
      host.retries.lastCall();
      const begun = [...attempts].map(releaseAttempt);
      await Promise.all([landed, ...unbegun, ...begun]);
    },
  };
}

/** Whether it may be what has killed its workers. */
function isSuspect({ losses }: OperationClaim): boolean {
  return losses >= 2;
}
