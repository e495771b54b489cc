// SPDX-License-Identifier: Apache-2.0

/** Where a part of this package takes its time from. Tests hand in one that they move by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the system's clock is set. */
  now(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now, and never keeps the process alive for
   * it. The function that it returns takes the call back.
   */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(callback, delayMs) {
    const timer: unknown = setTimeout(callback, delayMs);
    // In Node a timer is an object that can let the process exit; in a browser it is a number.
    (timer as { unref?(): void }).unref?.();
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
  },
};
