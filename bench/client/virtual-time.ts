// SPDX-License-Identifier: Apache-2.0

import { mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

/**
 * Runs what keeps time by `Date` and `setTimeout`, and lets a millisecond of that time pass with every
 * other turn of the event loop, so that minutes take about a second.
 */
export async function inVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
  mock.timers.enable({ apis: ["Date", "setTimeout"], now: 0 });
  try {
    const result = work();
    let settled = false;
    const settle = () => {
      settled = true;
    };
    result.then(settle, settle);
    while (!settled) {
      // A timer may lead to an immediate, and that to a promise.
      await turn();
      await turn();
      mock.timers.tick(1);
    }
    return await result;
  } finally {
    mock.timers.reset();
  }
}
