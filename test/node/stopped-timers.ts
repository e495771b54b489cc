// SPDX-License-Identifier: Apache-2.0

import { vi } from "vitest";

/** Timers that stand still until they are moved. Those within Node, of its sockets, go on. */
export interface StoppedTimers extends Disposable {
  advance(ms: number): void;
}

/** Stops the timers of this process, and what `performance` says, to the end of a scope. */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  return {
    advance: (ms) => {
      vi.advanceTimersByTime(ms);
    },
    [Symbol.dispose]: () => {
      vi.useRealTimers();
    },
  };
}
