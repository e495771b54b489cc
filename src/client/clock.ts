// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

// A longer one would fire at once.
const longestTimerMs = 2 ** 31 - 1;

/**
 * The clock of the system, for those who wait: what is scheduled keeps the process alive, as a call
 * under way does, and may be months ahead.
 */
export const waitingClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(callback, delayMs) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number) => {
      timer =
        leftMs > longestTimerMs
          ? setTimeout(() => arm(leftMs - longestTimerMs), longestTimerMs)
          : setTimeout(callback, leftMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
