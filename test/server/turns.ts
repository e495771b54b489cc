// SPDX-License-Identifier: Apache-2.0

import { setImmediate as turn } from "node:timers/promises";

/** Lets everything that needs no time go on until it rests. */
export async function turns(count = 4): Promise<void> {
  for (let i = 0; i < count; i++) {
    await turn();
  }
}

/** Waits until `condition` holds; for 10 s at most, since files take their time. */
export async function until(
  condition: () => unknown,
  what: string = condition.toString(),
): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`Waited in vain for: ${what}`);
    }
    await turn();
  }
}
