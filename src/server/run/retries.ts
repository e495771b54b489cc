// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";

/** The pauses of those whose write has failed, and who will try again. */
export interface Retries {
  /** Waits; false if there is to be no other try. */
  wait(): Promise<boolean>;
  /** Everybody who waits tries once more, now, and nobody after that. */
  lastCall(): void;
}

const delayMs = 500;

export function createRetries(clock: Clock): Retries {
  const waiting = new Set<() => void>();
  let over = false;

  return {
    async wait() {
      if (over) {
        return false;
      }
      await new Promise<void>((resolve) => {
        const again = () => {
          waiting.delete(again);
          cancelTimer();
          resolve();
        };
        const cancelTimer = clock.schedule(again, delayMs);
        waiting.add(again);
      });
      return true;
    },
    lastCall() {
      over = true;
      for (const again of waiting) {
        again();
      }
    },
  };
}
