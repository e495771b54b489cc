// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../clock.ts";
import type { Poller, PollRetry } from "./poller.ts";
import { WaitError } from "./wait-error.ts";

/** Options of everything that waits for an operation. They end the waiting, and nothing else. */
export interface WaitOptions {
  /** Ends the waiting, with the signal's reason. To end the operation, cancel it. */
  readonly signal?: AbortSignal;
  /**
   * How long to wait, in milliseconds; after that, a `WaitError` of the kind `timed-out`. Default:
   * without limit.
   */
  readonly timeoutMs?: number;
  /**
   * Is told of each call that failed and is going to be made again, as all are that the server may
   * not have answered. What it throws is ignored.
   */
  readonly onPollError?: (error: ConnectError, retry: PollRetry) => void;
}

interface WaitingInit {
  readonly poller: Poller;
  readonly clock: Clock;
  readonly name: string;
  readonly listens: boolean;
  readonly options: WaitOptions;
  /** There is a new state. */
  onState(): void;
  /** The waiting is over, and the operation is not, as far as is known. */
  onEnd(reason: unknown): void;
}

/** @throws RangeError that names the option that is out of range. */
export function checkWaitOptions({ timeoutMs }: WaitOptions): void {
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    throw new RangeError(`Expected \`timeoutMs\` to be a number from 0, got \`${timeoutMs}\``);
  }
}

/** Watches an operation within the limits of `options`, until it calls `onEnd` or is closed. */
export function openWaiting(init: WaitingInit): () => void {
  const { poller, clock, name, listens, options, onState, onEnd } = init;
  const { signal, timeoutMs = Number.POSITIVE_INFINITY, onPollError } = options;
  const onAbort = () => end(signal?.reason);
  const failed = (kind: WaitError["kind"], cause?: ConnectError) =>
    new WaitError(kind, { operationName: name, operation: poller.latest, ...(cause && { cause }) });

  function close(): void {
    unwatch();
    stopTimer?.();
    signal?.removeEventListener("abort", onAbort);
  }

  function end(reason: unknown): void {
    close();
    onEnd(reason);
  }

  const unwatch = poller.watch({
    listens,
    onState,
    onPollError(error, retry) {
      try {
        onPollError?.(error, retry);
      } catch {
        // Whoever only looks on does not end the waiting.
      }
    },
    onLost: (cause) => end(failed("lost-contact", cause)),
  });
  const stopTimer =
    timeoutMs === Number.POSITIVE_INFINITY
      ? undefined
      : clock.schedule(() => end(failed("timed-out")), timeoutMs);
  signal?.addEventListener("abort", onAbort);
  return close;
}
