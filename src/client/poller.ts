// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import {
  getOperation,
  type OperationsServer,
  type OperationTarget,
  waitOperation,
} from "./operations-server.ts";
import { retryDelayMs } from "./retried.ts";
import { isTransient } from "./transient.ts";

/** What is going to happen after a call that failed. */
export interface PollRetry {
  /** Of the operation. */
  readonly name: string;
  /** How many calls in a row have failed. */
  readonly failures: number;
  /** When the next one is made, in milliseconds from now. */
  readonly delayMs: number;
}

/** Somebody who waits for an operation. */
export interface Watcher {
  /** Whether each state matters to it, and not only the last one. */
  readonly listens: boolean;
  /** There is a new state. */
  onState(): void;
  /** A call failed, and is going to be made again. */
  onPollError(error: ConnectError, retry: PollRetry): void;
  /** Nothing more will come: this watcher has been dropped. */
  onLost(error: ConnectError): void;
}

/** Keeps what is known of one operation up to date, for as long as anybody watches it. */
export interface Poller {
  /** The last known state. */
  readonly latest: Operation | undefined;
  /** The function that it returns takes the watcher away. */
  watch(watcher: Watcher): () => void;
  /** Takes in a state that was read otherwise. */
  accept(operation: Operation): void;
  /** Something is about to happen: looks at once, if it is pausing. */
  hurry(): void;
}

interface PollerInit {
  readonly server: OperationsServer;
  readonly target: OperationTarget;
  readonly latest: Operation | undefined;
  /** Is told of each state, before the watchers are. */
  readonly onState: (operation: Operation) => void;
}

const resultWindowMs = 30_000;
const progressWindowMs = 1_000;

// Shared, since making one takes time.
const notNeeded = new ConnectError("nobody waits for this answer any more", Code.Canceled);

export function createPoller({ server, target, latest: known, onState }: PollerInit): Poller {
  const { clock, pace, slots, maxWaits } = server;
  const watchers = new Set<Watcher>();
  let latest = known;
  let listeners = 0;
  let isPolling = false;
  let looks = 0;
  /** How long the wait under way may last. */
  let windowMs = 0;
  let abort: AbortController | undefined;
  let endPause: (() => void) | undefined;

  const isNeeded = () => watchers.size > 0 && latest?.done !== true;
  const waitLimits = () => ({ maxWaits, nowMs: clock.monotonic() });

  async function poll(): Promise<void> {
    isPolling = true;
    let restMs = latest === undefined ? 0 : restBeforeLook();
    let failures = 0;
    let mayWait = true;
    while (isNeeded()) {
      if (restMs > 0) {
        await pause(restMs);
        restMs = 0;
        continue;
      }
      const beganMs = clock.monotonic();
      // Who listens, and knows nothing yet, is not kept waiting for a first state.
      const waits = mayWait && !(listeners > 0 && latest === undefined) && slots.take(waitLimits());
      try {
        const operation = await (waits ? wait() : get());
        failures = 0;
        mayWait = true;
        accept(operation);
        restMs = waits ? restAfterWait(clock.monotonic() - beganMs) : restBeforeLook();
      } catch (cause) {
        if (cause === notNeeded) {
          continue;
        }
        const error = ConnectError.from(cause);
        if (waits && error.code === Code.Unimplemented) {
          slots.refuse(clock.monotonic());
          restMs = latest === undefined ? 0 : restBeforeLook();
        } else if (isTransient(error)) {
          failures += 1;
          restMs = retryDelayMs(error, { pace, failures });
          // It may have too many who wait, and still answer who asks.
          mayWait = error.code !== Code.ResourceExhausted;
          tell((watcher) =>
            watcher.onPollError(error, { name: target.name, failures, delayMs: restMs }),
          );
        } else {
          lose(error);
        }
      } finally {
        if (waits) {
          slots.release();
        }
      }
    }
    isPolling = false;
  }

  /** Polling, time passes before each look; a wait is entered at once. */
  function restBeforeLook(): number {
    return slots.isOpen(waitLimits()) ? 0 : pace.beforeLook(looks++);
  }

  /** A wait that is over long before its time was no more than a look. */
  function restAfterWait(tookMs: number): number {
    if (tookMs >= windowMs / 2) {
      looks = 0;
      return 0;
    }
    return Math.max(0, pace.beforeLook(looks++) - tookMs);
  }

  async function get(): Promise<Operation> {
    windowMs = 0;
    return abortable((signal) => getOperation(server, { target, signal }));
  }

  async function wait(): Promise<Operation> {
    windowMs = listeners > 0 ? progressWindowMs : resultWindowMs;
    return abortable((signal) => waitOperation(server, { target, signal, windowMs }));
  }

  async function abortable<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    abort = controller;
    try {
      return await call(controller.signal);
    } catch (error) {
      throw controller.signal.aborted ? notNeeded : error;
    } finally {
      abort = undefined;
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = clock.schedule(end, ms);
      function end() {
        takeBack();
        endPause = undefined;
        resolve();
      }
      endPause = end;
    });
  }

  function interrupt(): void {
    abort?.abort(notNeeded);
    endPause?.();
  }

  function accept(operation: Operation): void {
    // What was read before the end may arrive after it.
    if (latest?.done === true) {
      return;
    }
    latest = operation;
    onState(operation);
    tell((watcher) => watcher.onState());
    if (operation.done) {
      interrupt();
    }
  }

  function tell(news: (watcher: Watcher) => void): void {
    for (const watcher of [...watchers]) {
      news(watcher);
    }
  }

  function lose(error: ConnectError): void {
    const lost = [...watchers];
    watchers.clear();
    listeners = 0;
    for (const watcher of lost) {
      watcher.onLost(error);
    }
  }

  return {
    get latest() {
      return latest;
    },

    watch(watcher) {
      watchers.add(watcher);
      if (watcher.listens) {
        listeners += 1;
        if (listeners === 1 && windowMs > progressWindowMs) {
          abort?.abort(notNeeded);
        }
      }
      if (!isPolling && isNeeded()) {
        void poll();
      }
      return () => {
        if (watchers.delete(watcher)) {
          listeners -= watcher.listens ? 1 : 0;
          if (watchers.size === 0) {
            interrupt();
          }
        }
      };
    },

    accept,

    hurry() {
      looks = 0;
      endPause?.();
    },
  };
}
