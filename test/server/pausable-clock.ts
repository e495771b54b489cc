// SPDX-License-Identifier: Apache-2.0

import type { SteppedClock } from "./stepped-clock.ts";

/** The clock of a process that can be paused: its timers fire late, all at once. */
export interface PausedClock extends SteppedClock {
  pause(): void;
  resume(): void;
}

export function pausable(clock: SteppedClock): PausedClock {
  let missed: (() => void)[] | undefined;
  return {
    ...clock,
    schedule(callback, delayMs) {
      let cancelled = false;
      const cancel = clock.schedule(() => {
        if (missed === undefined) {
          callback();
        } else {
          missed.push(() => !cancelled && callback());
        }
      }, delayMs);
      return () => {
        cancelled = true;
        cancel();
      };
    },
    pause() {
      missed ??= [];
    },
    resume() {
      const callbacks = missed ?? [];
      missed = undefined;
      for (const callback of callbacks) {
        callback();
      }
    },
  };
}
