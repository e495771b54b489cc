// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { Conclusions } from "../run/conclusion.ts";
import type { OperationChange, OperationStore } from "../store.ts";
import type { Expiry } from "./expiry.ts";
import { decideOverdue } from "./overdue.ts";
import type { UnclaimedWatch } from "./unclaimed.ts";

/**
 * Looks after operations whose workers are gone, whose handlers do not stop, that have expired, or
 * that nobody claims.
 */
export interface Sweeper {
  /** Sweeps now, and from now on. */
  start(): void;
  changed(change: OperationChange): void;
  /** Sweeps no more; settles once the last sweep has ended. */
  stop(): Promise<void>;
}

interface SweeperOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly conclusions: Conclusions;
  readonly expiry: Expiry;
  readonly unclaimed: UnclaimedWatch;
  readonly leaseMs: number;
  readonly intervalMs: number;
  domain(): string;
  onError(error: unknown): void;
  /** There may be something to claim, `delayMs` from now. */
  onClaimable(delayMs: number): void;
}

const batch = 100;
// How soon the store is asked when the grace of a cancel request ends that has just been made.
const cancelNoticeMs = 50;

/**
 * Sweeps once an interval. In between it only looks for what is overdue: when the next operation is
 * to fall due, as the last look, or a change since, has told.
 */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, conclusions, expiry, unclaimed } = options;
  const { leaseMs, intervalMs, domain, onError, onClaimable } = options;
  let cancelTimer: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let stopped = true;
  // By the monotonic clock: when to look again, and when to sweep.
  let lookAtMs = Number.POSITIVE_INFINITY;
  let sweepAtMs = 0;
  // The wall clock may be set, and a store may be away: either way workers could not renew, and
  // their leases are not held against them until one lease later.
  let clockOffsetMs = clock.now() - clock.monotonic();
  let lenientUntilMs = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const sweeps = clock.monotonic() >= sweepAtMs;
    if (sweeps) {
      sweepAtMs = clock.monotonic() + intervalMs;
    }
    lookAtMs = sweepAtMs;
    try {
      checkClock();
      lookWithin(await lookForOverdue());
      if (sweeps) {
        expiry.begin();
        onClaimable(0);
        await unclaimed.look();
      }
    } catch (error) {
      lenientUntilMs = Number.POSITIVE_INFINITY;
      onError(error);
    }
    looking = undefined;
    schedule();
  }

  function schedule(): void {
    cancelTimer?.();
    if (!stopped && looking === undefined) {
      cancelTimer = clock.schedule(begin, lookAtMs - clock.monotonic());
    }
  }

  function begin(): void {
    looking = look();
  }

  function lookWithin(ms: number): void {
    if (clock.monotonic() + ms < lookAtMs) {
      lookAtMs = clock.monotonic() + ms;
      schedule();
    }
  }

  function checkClock(): void {
    const offsetMs = clock.now() - clock.monotonic();
    if (Math.abs(offsetMs - clockOffsetMs) > leaseMs / 3) {
      clockOffsetMs = offsetMs;
      lenientUntilMs = clock.monotonic() + leaseMs;
    }
  }

  /** How long until the next one falls due. */
  async function lookForOverdue(): Promise<number> {
    const { overdue, nextInMs = intervalMs } = await store.overdue(batch);
    if (lenientUntilMs === Number.POSITIVE_INFINITY) {
      lenientUntilMs = clock.monotonic() + leaseMs;
    }
    const lenientMs = lenientUntilMs - clock.monotonic();
    const due = overdue.filter(({ reason }) => reason === "cancel" || lenientMs <= 0);
    await Promise.all(
      due.map((operation) =>
        decideOverdue(operation, { conclusions, domain: domain(), onClaimable }),
      ),
    );
    if (lenientMs <= 0) {
      return nextInMs;
    }
    // What is left alone is found again, however often, and hides what is behind it.
    return overdue.length < batch ? Math.min(nextInMs, lenientMs) : lenientMs;
  }

  return {
    start() {
      if (stopped) {
        stopped = false;
        begin();
      }
    },
    changed({ state, cancelRequested }) {
      if (!stopped && state === "running") {
        lookWithin(cancelRequested ? cancelNoticeMs : leaseMs);
      }
    },
    async stop() {
      stopped = true;
      cancelTimer?.();
      await Promise.all([looking, expiry.stop()]);
    },
  };
}
