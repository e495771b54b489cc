// SPDX-License-Identifier: Apache-2.0

/** What this process spent. */
export interface Spent {
  /** CPU time of all its threads, in microseconds: the collector and the compiler count too. */
  readonly cpuUs: number;
  readonly wallUs: number;
}

/** Begins to measure, with no garbage of earlier work left; the function it returns ends it. */
export function startMeter(): () => Spent {
  collectGarbage();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  return () => {
    const wallUs = (performance.now() - startMs) * 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { cpuUs: user + system, wallUs };
  };
}

/** @throws Error unless node was started with `--expose-gc`. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) {
    throw new Error("Expected node to be started with --expose-gc");
  }
  globalThis.gc();
}
