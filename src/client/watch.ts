// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import type { PollRetry } from "./calls.ts";
import { checkNumber } from "./number-option.ts";
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

/** @throws RangeError that names the option that is out of range. */
export function checkWaitOptions({ timeoutMs = 0 }: WaitOptions): void {
  if (timeoutMs !== Number.POSITIVE_INFINITY) {
    checkNumber("timeoutMs", timeoutMs, 0);
  }
}

/** Somebody who waits, from now until the watch is closed or the waiting is over. */
export class Watch {
  /** Whether each state matters to it, and not only the last one. */
  readonly listens: boolean;
  readonly #poller: Poller;
  readonly #options: WaitOptions;
  readonly #stopTimer: (() => void) | undefined;
  #isClosed = false;
  #failure: { readonly reason: unknown } | undefined;
  #resolve: (() => void) | undefined;

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
      this.#stopTimer = poller.server.clock.schedule(() => this.fail("timed-out"), timeoutMs);
    }
    poller.add(this);
  }

  /**
   * Resolves once the condition holds, or the watch is closed. One at a time.
   *
   * @throws WaitError, or the reason of the signal.
   */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    if (this.#failure !== undefined && !holds()) {
      throw this.#failure.reason;
    }
  }

  /** Looks again whether the condition holds. */
  wake(): void {
    this.#resolve?.();
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
    const reason = new WaitError(kind, { operationName: target.name, operation: latest, cause });
    this.close({ reason });
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.close({ reason: this.#options.signal?.reason });
  }

  /** Frees everything; a pending `until` settles. */
  close(failure?: { readonly reason: unknown }): void {
    this.#isClosed = true;
    this.#failure ??= failure;
    this.#poller.remove(this);
    this.#stopTimer?.();
    this.#options.signal?.removeEventListener("abort", this);
    this.wake();
  }
}
