// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { cancelledResult, workerLostResult } from "./ending.ts";
import type { LeasedWrite, OperationStore, OverdueOperation } from "./store.ts";

/** Looks after operations whose workers are gone, or whose handlers do not stop. */
export interface Sweeper {
  /** Sweeps now, and from now on. */
  start(): void;
  /** Sweeps no more; settles once the last sweep has ended. */
  stop(): Promise<void>;
}

interface SweeperOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly intervalMs: number;
  domain(): string;
  onError(error: unknown): void;
  /** There may be something to claim, `delayMs` from now. */
  onClaimable(delayMs: number): void;
}

const batch = 100;
// How long an operation rests after its first, second, … loss: it may be what kills its workers.
const restMs = [0, 1_000, 5_000, 30_000];

/** Sweeps at least once an interval, and when the next lease is to run out. */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, leaseMs, intervalMs, domain, onError, onClaimable } = options;
  let cancelTimer: (() => void) | undefined;
  let sweeping: Promise<void> | undefined;
  let stopped = true;
  // The wall clock may be set, and a store may be away: either way workers could not renew, and
  // their leases are not held against them until one lease later.
  let clockOffsetMs = clock.now() - clock.monotonic();
  let lenientUntilMs = Number.NEGATIVE_INFINITY;

  async function sweep(): Promise<void> {
    let nextInMs = intervalMs;
    try {
      checkClock();
      nextInMs = Math.min(nextInMs, (await sweepBatch()) ?? intervalMs);
      await store.purge(batch);
      onClaimable(0);
    } catch (error) {
      lenientUntilMs = Number.POSITIVE_INFINITY;
      onError(error);
    }
    if (!stopped) {
      cancelTimer = clock.schedule(begin, nextInMs);
    }
  }

  function begin(): void {
    sweeping = sweep();
  }

  function checkClock(): void {
    const offsetMs = clock.now() - clock.monotonic();
    if (Math.abs(offsetMs - clockOffsetMs) > leaseMs / 3) {
      clockOffsetMs = offsetMs;
      lenientUntilMs = clock.monotonic() + leaseMs;
    }
  }

  async function sweepBatch(): Promise<number | undefined> {
    const { overdue, nextInMs } = await store.overdue(batch);
    if (lenientUntilMs === Number.POSITIVE_INFINITY) {
      lenientUntilMs = clock.monotonic() + leaseMs;
    }
    const lenientMs = lenientUntilMs - clock.monotonic();
    const due = overdue.filter(({ reason }) => reason === "cancel" || lenientMs <= 0);
    await Promise.all(due.map(decide));
    return lenientMs > 0 ? lenientMs : nextInMs;
  }

  async function decide(operation: OverdueOperation): Promise<void> {
    const ifCancelled = cancelledResult(domain());
    if (operation.reason === "cancel") {
      await store.update(operation, { kind: "end", result: ifCancelled });
      return;
    }
    const losses = operation.losses + 1;
    const delayMs = restMs[Math.min(losses, restMs.length) - 1] ?? 0;
    const tooMany = losses > operation.maxLosses;
    const write: LeasedWrite = {
      kind: "lose",
      delayMs,
      ifCancelled,
      ...(tooMany && { result: workerLostResult(domain()) }),
    };
    if ((await store.update(operation, write)) && !tooMany) {
      onClaimable(delayMs);
    }
  }

  return {
    start() {
      if (stopped) {
        stopped = false;
        begin();
      }
    },
    async stop() {
      stopped = true;
      cancelTimer?.();
      await sweeping;
    },
  };
}
