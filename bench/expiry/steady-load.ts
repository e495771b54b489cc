// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";

interface Steady {
  readonly perSecond: number;
  /** Asked before each call. */
  until(): boolean;
}

/**
 * Makes calls at a steady rate, however long they take, and answers with the milliseconds that each
 * took from when it was to begin: what waits because the server is busy counts.
 */
export async function steadyLoad(
  { perSecond, until }: Steady,
  call: () => Promise<unknown>,
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  const pending = new Set<Promise<void>>();
  const startMs = performance.now();

  async function timed(atMs: number): Promise<void> {
    await call();
    tookMs.push(performance.now() - atMs);
  }

  for (let n = 0; !until(); n++) {
    const atMs = startMs + (n * 1_000) / perSecond;
    while (performance.now() < atMs) {
      await sleep(1);
    }
    const made = timed(atMs).finally(() => pending.delete(made));
    pending.add(made);
  }
  await Promise.all(pending);
  return tookMs;
}
