// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../clock.ts";
import type { Pace } from "./pace.ts";
import { retryHintMs } from "./retry-hint.ts";
import { isTransient } from "./transient.ts";

// As often as Google's own clients try.
const maxAttempts = 5;

interface RetriedOptions {
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a call that may be made again until somebody answers it, five times at most.
 *
 * @throws ConnectError the last one; CANCELED once the signal has aborted.
 * @see AIP-194
 */
export async function retried<Response>(
  call: (attempt: number) => Promise<Response>,
  { pace, clock, signal }: RetriedOptions,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(attempt);
    } catch (cause) {
      const error = ConnectError.from(cause);
      if (signal?.aborted || attempt === maxAttempts || !isTransient(error)) {
        throw error;
      }
      await pause(retryHintMs(error) ?? pace.afterFailures(attempt), { clock, signal });
    }
  }
}

function pause(
  ms: number,
  { clock, signal }: Pick<RetriedOptions, "clock" | "signal">,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      takeBack();
      reject(ConnectError.from(signal?.reason, Code.Canceled));
    };
    const takeBack = clock.schedule(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort);
  });
}
