// SPDX-License-Identifier: Apache-2.0

import { type ManualClock, manualClock } from "../../../src/testing/index.ts";

/** A manual clock that tells what is still scheduled. */
export interface CountedClock extends ManualClock {
  /** How many callbacks have neither been called nor taken back. */
  readonly timers: number;
}

export function countedClock(): CountedClock {
  const clock = manualClock();
  const timers = new Set<object>();
  return {
    ...clock,
    schedule(callback, delayMs) {
      const timer = {};
      timers.add(timer);
      const takeBack = clock.schedule(() => {
        timers.delete(timer);
        callback();
      }, delayMs);
      return () => {
        timers.delete(timer);
        takeBack();
      };
    },
    get timers() {
      return timers.size;
    },
  };
}
