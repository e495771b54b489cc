// SPDX-License-Identifier: Apache-2.0

/**
 * Tells each time that somebody wants the program to stop: `times` is 1, then 2, and so on.
 *
 * Signals within 300 ms count once: npm passes on to a script the Ctrl-C that the terminal has sent
 * to it already.
 */
export function onInterrupt(
  signals: readonly NodeJS.Signals[],
  callback: (times: number) => void,
): void {
  let times = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const signal of signals) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - last > 300) {
        times += 1;
        callback(times);
      }
      last = now;
    });
  }
}
