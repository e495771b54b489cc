// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

// A longer timer would fire at once. Whatever is due later is not waited for in one piece.
const longestTimerMs = 2 ** 31 - 1;

/**
 * The clock of the system, for those who wait: what is scheduled keeps the process alive, as a call
 * under way does, and may be months ahead.
 */
export const waitingClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(callback, delayMs) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arm = (leftMs: number): void => {
      timer = setTimeout(
        () => (leftMs > longestTimerMs ? arm(leftMs - longestTimerMs) : callback()),
        Math.min(leftMs, longestTimerMs),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Lets time pass, or less once the signal aborts; leaves nothing behind. */
export function pause(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      takeBack();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const takeBack = clock.schedule(end, ms);
    signal?.addEventListener("abort", end);
  });
}
