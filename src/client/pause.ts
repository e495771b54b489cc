// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

/** Lets time pass; rejects with the signal's reason once that aborts, and leaves nothing behind. */
export function pause(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      takeBack();
      reject(signal?.reason);
    };
    const takeBack = clock.schedule(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort);
  });
}
