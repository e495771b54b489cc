// SPDX-License-Identifier: Apache-2.0

import type { ManualClock } from "../manual-clock.ts";

interface Expectation {
  readonly what: string;
  condition(): boolean;
}

const patienceMs = 5_000;

/**
 * Lets time pass, for everybody and on the clock, until something has come about.
 *
 * @throws Error that names it, after five seconds.
 */
export async function eventually(
  clock: ManualClock,
  { what, condition }: Expectation,
): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) {
      throw new Error(`Expected ${what} within ${patienceMs} ms`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    clock.advance(1);
  }
}
