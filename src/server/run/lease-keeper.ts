// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationStore } from "../store.ts";
import { type Attempt, cancelAttempt, fenceOff, interruptAttempt, isOver } from "./attempt.ts";

/** Renews the leases of running attempts, and stops those whose lease has nearly run out. */
export interface LeaseKeeper {
  /** When an attempt whose claim is being sent now must have stopped, by the monotonic clock. */
  stopByMs(): number;
  /** Renews its lease until it is let go, or its lease is over. */
  keep(attempt: Attempt): void;
  /** The attempt's end is stored. */
  letGo(attempt: Attempt): void;
}

interface LeaseKeeperOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly leaseMs: number;
  onError(error: unknown): void;
}

// A handler is stopped before its lease is over, so that nobody starts another beside it.
const usable = 0.9;
const ticksPerLease = 30;

/** Keeps leases: one timer for all of them, and none while there are none. */
export function leaseKeeper({ store, clock, leaseMs, onError }: LeaseKeeperOptions): LeaseKeeper {
  const attempts = new Set<Attempt>();
  let ticking = false;
  let renewing = false;
  let renewAtMs = 0;

  function tick(): void {
    ticking = false;
    const now = clock.monotonic();
    for (const attempt of attempts) {
      if (isOver(attempt)) {
        // Its handler may go on for as long as it likes; there is nothing left to renew.
        attempts.delete(attempt);
      } else if (attempt.stopByMs <= now) {
        interruptAttempt(attempt);
      }
    }
    if (now >= renewAtMs && !renewing && attempts.size > 0) {
      void renew();
    }
    scheduleTick();
  }

  function scheduleTick(): void {
    if (!ticking && attempts.size > 0) {
      ticking = true;
      clock.schedule(tick, leaseMs / ticksPerLease);
    }
  }

  async function renew(): Promise<void> {
    const held = [...attempts];
    const stopByMs = keeper.stopByMs();
    renewing = true;
    renewAtMs = clock.monotonic() + leaseMs / 3;
    try {
      const renewed = await store.renew(
        held.map(({ claim }) => claim),
        leaseMs,
      );
      for (const [i, attempt] of held.entries()) {
        const lease = renewed[i];
        if (lease?.held !== true) {
          fenceOff(attempt);
          continue;
        }
        attempt.stopByMs = stopByMs;
        if (lease.cancelRequested) {
          cancelAttempt(attempt);
        }
      }
    } catch (error) {
      onError(error);
      renewAtMs = 0;
    }
    renewing = false;
  }

  const keeper: LeaseKeeper = {
    stopByMs: () => clock.monotonic() + leaseMs * usable,
    keep(attempt) {
      if (attempts.size === 0) {
        renewAtMs = clock.monotonic() + leaseMs / 3;
      }
      attempts.add(attempt);
      scheduleTick();
    },
    letGo: (attempt) => attempts.delete(attempt),
  };
  return keeper;
}
