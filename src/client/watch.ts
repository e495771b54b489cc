// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import type { PollRetry } from "./calls.ts";
import { checkLimit } from "./number-option.ts";
import type { Poller } from "./poller.ts";
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

const nothing = () => {};

/** Somebody who waits, from now until the watch is closed or the waiting is over. */
export class Watch {
  /** Whether each state matters to it, and not only the last one. */
  readonly listens: boolean;
  /** Something may be found now. */
  wake: () => void = nothing;
  readonly #poller: Poller;
  readonly #options: WaitOptions;
  readonly #stopTimer: (() => void) | undefined;
  #failure: { readonly reason: unknown } | undefined;

  /** @throws RangeError for options out of range; the reason of a signal that has aborted. */
  constructor(poller: Poller, options: WaitOptions, listens: boolean) {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
    checkLimit("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    this.listens = listens;
    this.#poller = poller;
    this.#options = options;
    signal?.addEventListener("abort", this);
    if (timeoutMs < Number.POSITIVE_INFINITY) {
      this.#stopTimer = poller.server.clock.schedule(() => this.fail("timed-out"), timeoutMs);
    }
    poller.add(this);
  }

  /**
   * Resolves to what `find` finds, once that is anything. One at a time.
   *
   * @throws WaitError, or the reason of the signal.
   */
  until<Found>(find: () => Found | undefined): Promise<Found> {
    // Not async, which costs 400 bytes more for as long as somebody waits.
    return new Promise((resolve, reject) => {
      this.wake = () => {
        const found = find();
        if (found !== undefined) {
          resolve(found);
        } else if (this.#failure !== undefined) {
          reject(this.#failure.reason);
        }
      };
      this.wake();
    });
  }

  /** A call failed, and is going to be made again. */
  onPollError(error: ConnectError, retry: PollRetry): void {
    try {
      this.#options.onPollError?.(error, retry);
    } catch {
      // Whoever only looks on does not end the waiting.
    }
  }

  /** The waiting is over, and the operation is not. */
  fail(kind: WaitError["kind"], cause?: ConnectError): void {
    const { target, latest } = this.#poller;
    this.#end(new WaitError(kind, { operationName: target.name, operation: latest, cause }));
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.#end(this.#options.signal?.reason);
  }

  #end(reason: unknown): void {
    this.#failure = { reason };
    this.close();
    this.wake();
  }

  /** Frees everything. */
  close(): void {
    this.#poller.remove(this);
    this.#stopTimer?.();
    this.#options.signal?.removeEventListener("abort", this);
  }
}
