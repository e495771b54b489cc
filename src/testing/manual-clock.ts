// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /**
   * Moves the clock on, and calls what was scheduled up to then: in order, each at its own time.
   */
  advance(ms: number): void;
  /** Sets what `now()` says, as somebody sets a system's clock: nothing scheduled moves. */
  setWall(ms: number): void;
}

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/**
 * Makes a clock for tests. It starts at `startMs`, in milliseconds since the Unix epoch; default:
 * 1 January 2030.
 */
export function manualClock(startMs: number = Date.UTC(2030, 0, 1)): ManualClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;
  let offsetMs = startMs;

  function nextBy(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) {
        next = timer;
      }
    }
    return next;
  }

  return {
    now: () => offsetMs + elapsedMs,
    monotonic: () => elapsedMs,

    schedule(callback, delayMs) {
      const timer = { atMs: elapsedMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },

    advance(ms) {
      const endMs = elapsedMs + ms;
      for (let timer = nextBy(endMs); timer !== undefined; timer = nextBy(endMs)) {
        timers.delete(timer);
        elapsedMs = timer.atMs;
        timer.callback();
      }
      elapsedMs = endMs;
    },

    setWall(ms) {
      offsetMs = ms - elapsedMs;
    },
  };
}
