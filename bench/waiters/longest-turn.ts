// SPDX-License-Identifier: Apache-2.0

/** Watches how long the event loop is kept from going round. */
export interface LongestTurn {
  /** Begins anew. */
  watch(): void;
  /** Ends it, and answers with the longest turn in milliseconds. */
  stop(): number;
}

const tickMs = 1;

/**
 * A turn is the time between two ticks of a timer, less the time the timer takes; but no more than the
 * CPU time that this process spent meanwhile: while others have the CPU, nothing here blocks anything.
 */
export function longestTurn(): LongestTurn {
  let timer: NodeJS.Timeout | undefined;
  let longestMs = 0;

  function tick(lastMs: number, lastCpuMs: number): void {
    timer = setTimeout(() => {
      const nowMs = performance.now();
      const nowCpuMs = cpuMs();
      longestMs = Math.max(longestMs, Math.min(nowMs - lastMs - tickMs, nowCpuMs - lastCpuMs));
      tick(nowMs, nowCpuMs);
    }, tickMs);
  }

  return {
    watch() {
      longestMs = 0;
      tick(performance.now(), cpuMs());
    },
    stop() {
      clearTimeout(timer);
      return longestMs;
    },
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
