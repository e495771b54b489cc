// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import { checkNumber } from "./number-option.ts";
import type { Poller, PollRetry, Watcher } from "./poller.ts";
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

/** @throws RangeError that names the option that is out of range. */
export function checkWaitOptions({ timeoutMs = 0 }: WaitOptions): void {
  if (timeoutMs !== Number.POSITIVE_INFINITY) {
    checkNumber("timeoutMs", timeoutMs, 0);
  }
}

/** Somebody who waits, from now until the watch is closed or the waiting is over. */
export class Watch implements Watcher {
  readonly listens: boolean;
  /** Whoever opened it waits no more. */
  isClosed = false;
  readonly #poller: Poller;
  readonly #options: WaitOptions;
  readonly #stopTimer: (() => void) | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @throws RangeError for options out of range; the reason of a signal that has aborted. */
  constructor(poller: Poller, options: WaitOptions, listens: boolean) {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
    checkWaitOptions(options);
    signal?.throwIfAborted();
    this.listens = listens;
    this.#poller = poller;
    this.#options = options;
    signal?.addEventListener("abort", this);
    if (timeoutMs < Number.POSITIVE_INFINITY) {
      const onTime = () => this.#fail(this.#waitError("timed-out"));
      this.#stopTimer = poller.server.clock.schedule(onTime, timeoutMs);
    }
    poller.add(this);
  }

  /**
   * Resolves once there is a new state, or the watch is closed. One at a time.
   *
   * @throws WaitError, or the reason of the signal.
   */
  async next(): Promise<void> {
    if (this.#failure === undefined && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) {
      throw this.#failure.reason;
    }
  }

  /** Frees everything; a pending `next` resolves. */
  close(): void {
    this.isClosed = true;
    this.#leave();
  }

  onState(): void {
    this.#wake?.();
  }

  onPollError(error: ConnectError, retry: PollRetry): void {
    try {
      this.#options.onPollError?.(error, retry);
    } catch {
      // Whoever only looks on does not end the waiting.
    }
  }

  onLost(cause: ConnectError): void {
    this.#fail(this.#waitError("lost-contact", cause));
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.#fail(this.#options.signal?.reason);
  }

  #waitError(kind: WaitError["kind"], cause?: ConnectError): WaitError {
    const { target, latest } = this.#poller;
    return new WaitError(kind, { operationName: target.name, operation: latest, cause });
  }

  #fail(reason: unknown): void {
    this.#failure = { reason };
    this.#leave();
  }

  #leave(): void {
    this.#poller.remove(this);
    this.#stopTimer?.();
    this.#options.signal?.removeEventListener("abort", this);
    this.#wake?.();
  }
}
