// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

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
