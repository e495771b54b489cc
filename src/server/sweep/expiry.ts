// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationEvent } from "../events.ts";
import type { OperationStore } from "../store.ts";

/** Removes operations that have expired, or were deleted and have ended. */
export interface Expiry {
  /** Removes what there is, unless it is doing so already. */
  begin(): void;
  /** Removes no more; settles once nothing is under way. */
  stop(): Promise<void>;
}

interface ExpiryOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  onEvent(event: OperationEvent): void;
  onError(error: unknown): void;
}

// A hundred thousand take about a minute, and what is asked for meanwhile waits for one batch at most.
const batch = 100;
const pauseMs = 50;

/** An expiry that goes on, batch by batch, for as long as there is a whole one. */
export function createExpiry({ store, clock, onEvent, onError }: ExpiryOptions): Expiry {
  let purging: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let stopped = false;

  function begin(): void {
    if (purging === undefined && cancelTimer === undefined && !stopped) {
      purging = purge();
    }
  }

  async function purge(): Promise<void> {
    let count = 0;
    try {
      count = await store.purge(batch);
    } catch (error) {
      onError(error);
    }
    purging = undefined;
    if (count > 0) {
      onEvent({ kind: "purged", count });
    }
    if (count >= batch && !stopped) {
      cancelTimer = clock.schedule(() => {
        cancelTimer = undefined;
        begin();
      }, pauseMs);
    }
  }

  return {
    begin,
    async stop() {
      stopped = true;
      cancelTimer?.();
      await purging;
    },
  };
}
