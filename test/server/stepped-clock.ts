// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../src/clock.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { turns } from "./turns.ts";

/** A clock that a test moves by hand, with room for what happens in between. */
export interface SteppedClock extends Clock {
  /**
   * Moves the clock from timer to timer, and lets everything that needs no time go on before each
   * one and after the last.
   */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock: nothing scheduled moves. */
  setWall(ms: number): void;
}

export function steppedClock(): SteppedClock {
  const clock = manualClock();
  const pendingMs = new Set<{ readonly atMs: number }>();
  return {
    ...clock,
    schedule(callback, delayMs) {
      const timer = { atMs: clock.monotonic() + Math.max(0, delayMs) };
      pendingMs.add(timer);
      const cancel = clock.schedule(() => {
        pendingMs.delete(timer);
        callback();
      }, delayMs);
      return () => {
        pendingMs.delete(timer);
        cancel();
      };
    },
    async advance(ms) {
      const endMs = clock.monotonic() + ms;
      await turns();
      for (let nextMs = earliest(); nextMs <= endMs; nextMs = earliest()) {
        clock.advance(nextMs - clock.monotonic());
        await turns();
      }
      clock.advance(endMs - clock.monotonic());
      await turns();
    },
  };

  function earliest(): number {
    return Math.min(...[...pendingMs].map(({ atMs }) => atMs));
  }
}
