// SPDX-License-Identifier: Apache-2.0

import { type Attempt, type AttemptHost, startAttempt } from "./attempt.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { RunnableMethod } from "./method.ts";
import type { OperationChange, OperationClaim } from "./store.ts";

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
  readonly host: AttemptHost;
  readonly keeper: LeaseKeeper;
  readonly methods: ReadonlyMap<string, RunnableMethod>;
  readonly concurrency: number;
  readonly leaseMs: number;
  onError(error: unknown): void;
  /** As `Clock.schedule`. */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** A worker that does nothing until it is started. */
export function createWorker(options: WorkerOptions): Worker {
  const { host, keeper, methods, concurrency, leaseMs, onError, schedule } = options;
  const attempts = new Set<Attempt>();
  // The latest attempt at each operation: one that ignores its signal may outlive its lease.
  const byName = new Map<string, Attempt>();
  let free = concurrency;
  let accepting = false;
  let claiming = false;
  // Whether the queue may hold more than the last claim has taken.
  let mayHaveMore = false;
  // Claims that were sent to the store and are not answered, or, while draining, not given back.
  let inFlight = 0;
  let onLanded: (() => void) | undefined;

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
      await host.store.update(claim, { kind: "release", ifCancelled });
    } catch (error) {
      onError(error);
    }
  }

  function methodOf(claim: OperationClaim): RunnableMethod {
    const method = methods.get(claim.method);
    if (method === undefined) {
      throw new Error(`"${claim.method}" is not implemented here`);
    }
    return method;
  }

  function run(claim: OperationClaim, stopByMs: number): void {
    const attempt = startAttempt({ claim, method: methodOf(claim), stopByMs }, host);
    attempts.add(attempt);
    byName.set(claim.name, attempt);
    keeper.keep(attempt);
    void attempt.settled.then(() => {
      attempts.delete(attempt);
      keeper.letGo(attempt);
      if (byName.get(claim.name) === attempt) {
        byName.delete(claim.name);
      }
      free++;
      if (mayHaveMore) {
        void fill();
      }
    });
  }

  async function fill(): Promise<void> {
    mayHaveMore = true;
    while (accepting && !claiming && free > 0 && mayHaveMore && methods.size > 0) {
      const limit = free;
      const stopByMs = keeper.stopByMs();
      free -= limit;
      claiming = true;
      inFlight++;
      mayHaveMore = false;
      let claims: readonly OperationClaim[] = [];
      try {
        claims = await host.store.claim({
          methods: [...methods.keys()],
          limit,
          suspectLimit: 1,
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
        attempt.cancel();
      }
      if (attempt !== undefined && fence > attempt.claim.fence) {
        attempt.fenceOff();
      }
      if (state === "queued") {
        void fill();
      }
    },
    async drain(drainMs) {
      accepting = false;
      const landed = inFlight === 0 || new Promise<void>((resolve) => (onLanded = resolve));
      await new Promise<void>((resolve) => {
        const cancelTimer = schedule(resolve, drainMs);
        void Promise.all([...attempts].map(({ settled }) => settled)).then(() => {
          cancelTimer();
          resolve();
        });
      });
      await Promise.all([landed, ...[...attempts].map((attempt) => attempt.release())]);
    },
  };
}
