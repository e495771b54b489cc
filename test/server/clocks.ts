// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../src/clock.ts";
import { turns } from "./turns.ts";

export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  set(ms: number): void;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsed = 0;
  let wall = startMs;
  const timers = new Set<Timer>();
  return {
    now: () => wall + elapsed,
    monotonic: () => elapsed,
    schedule(callback, delayMs) {
      const timer = { at: elapsed + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        await turns();
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) {
          break;
        }
        timers.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.callback();
      }
      elapsed = end;
      await turns();
    },
    set(ms) {
      wall = ms - elapsed;
    },
  };
}
