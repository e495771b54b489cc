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
  /** For all attempts together, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

interface Attempt {
  /** The first one is 1. */
  readonly number: number;
  /** What is left of the time. */
  readonly timeoutMs: number | undefined;
}

/**
 * Makes a call that may be made again until somebody answers it: five times at most, and within
 * `timeoutMs`.
 *
 * @throws ConnectError the last one; CANCELED once the signal has aborted.
 * @see AIP-194
 */
export async function retried<Response>(
  call: (attempt: Attempt) => Promise<Response>,
  { pace, clock, signal, timeoutMs }: RetriedOptions,
): Promise<Response> {
  const beganMs = clock.monotonic();
  for (let number = 1; ; number += 1) {
    const leftMs = timeoutMs && timeoutMs - (clock.monotonic() - beganMs);
    try {
      return await call({ number, timeoutMs: leftMs });
    } catch (cause) {
      const error = ConnectError.from(cause);
      if (signal?.aborted || number === maxAttempts || !isTransient(error)) {
        throw error;
      }
      const delayMs = retryDelayMs(error, { pace, failures: number });
      if (timeoutMs !== undefined && clock.monotonic() - beganMs + delayMs >= timeoutMs) {
        throw error;
      }
      await pause(delayMs, { clock, signal });
    }
  }
}

/**
 * Milliseconds before a call is made again: what the server asks for, and growing pauses on top, so
 * that those who were turned away together do not come back together.
 */
export function retryDelayMs(
  error: ConnectError,
  { pace, failures }: { readonly pace: Pace; readonly failures: number },
): number {
  return (retryHintMs(error) ?? 0) + pace.afterFailures(failures);
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
