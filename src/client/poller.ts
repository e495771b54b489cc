// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Any, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { readAny } from "../any.ts";
import {
  type CallTarget,
  callMs,
  callOptions,
  type OperationsServer,
  retryDelayMs,
} from "./calls.ts";
import { pause } from "./pause.ts";
import { withRegistryHint } from "./registry-hint.ts";
import { isTransient } from "./transient.ts";
import { hasFreeSlot, refuseWaits } from "./wait-slots.ts";

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

const resultWindowMs = 30_000;
const progressWindowMs = 1_000;

// Shared, since making one takes time.
const notNeeded = new ConnectError("nobody waits for this answer any more", Code.Canceled);

/**
 * Keeps what is known of one operation up to date, for as long as anybody watches it.
 *
 * A class, since a process may have ten thousand of them: closures take several times the memory.
 */
export class Poller<Metadata extends DescMessage = DescMessage> {
  readonly server: OperationsServer;
  readonly target: CallTarget;
  /** The last known state. */
  latest: Operation | undefined;
  /** The last metadata of the declared type, and how it was packed. */
  metadata: { readonly packed: Any; readonly message: MessageShape<Metadata> } | undefined;
  readonly #schema: Metadata;
  #watchers: readonly Watcher[] = [];
  #isPolling = false;
  #looks = 0;
  /** How long the wait under way may last; 0 while none is. */
  #windowMs = 0;
  /** Ends the call or the pause that is under way. */
  #abort: AbortController | undefined;

  constructor(
    server: OperationsServer,
    { target, schema }: { readonly target: CallTarget; readonly schema: Metadata },
  ) {
    this.server = server;
    this.target = target;
    this.#schema = schema;
  }

  get isDone(): boolean {
    return this.latest?.done === true;
  }

  add(watcher: Watcher): void {
    const isFirstListener = watcher.listens && !this.#hasListener();
    this.#watchers = [...this.#watchers, watcher];
    if (isFirstListener && this.#windowMs > progressWindowMs) {
      this.#interrupt();
    }
    if (!this.#isPolling) {
      void this.#poll();
    }
  }

  remove(watcher: Watcher): void {
    this.#watchers = this.#watchers.filter((other) => other !== watcher);
    if (this.#watchers.length === 0) {
      this.#interrupt();
    }
  }

  /** Takes in a state. */
  accept(operation: Operation): void {
    // What was read before the end may arrive after it.
    if (this.isDone) {
      return;
    }
    this.latest = operation;
    const reading = readAny(operation.metadata, this.#schema);
    // A server that leaves it out for once takes nothing back.
    if (operation.metadata !== undefined && reading.kind === "message") {
      this.metadata = { packed: operation.metadata, message: reading.message };
    }
    for (const watcher of this.#watchers) {
      watcher.onState();
    }
    if (operation.done) {
      this.#interrupt();
    }
  }

  /** Something is about to happen: looks at once, unless a wait is going to tell. */
  hurry(): void {
    this.#looks = 0;
    if (this.#windowMs === 0) {
      this.#interrupt();
    }
  }

  async #poll(): Promise<void> {
    const { clock, pace, slots } = this.server;
    let restMs = this.latest === undefined ? 0 : this.#restBeforeLook();
    let failures = 0;
    let mayWait = true;
    this.#isPolling = true;
    while (this.#watchers.length > 0 && !this.isDone) {
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      try {
        if (restMs > 0) {
          await pause(restMs, { clock, signal });
        }
        this.#windowMs = mayWait ? this.#nextWindowMs() : 0;
        restMs = await this.#look(signal);
        failures = 0;
        mayWait = true;
      } catch (cause) {
        const error = withRegistryHint(cause);
        if (signal.aborted) {
          restMs = 0;
        } else if (this.#windowMs > 0 && error.code === Code.Unimplemented) {
          refuseWaits(slots, clock);
          restMs = this.latest === undefined ? 0 : this.#restBeforeLook();
        } else if (isTransient(error)) {
          failures += 1;
          restMs = retryDelayMs(error, { pace, failures });
          // It may have too many who wait, and still answer who asks.
          mayWait = error.code !== Code.ResourceExhausted;
          this.#warn(error, { name: this.target.name, failures, delayMs: restMs });
        } else {
          this.#lose(error);
        }
      }
      this.#windowMs = 0;
    }
    this.#isPolling = false;
  }

  /** Makes a call. The milliseconds to let pass before the next one. */
  async #look(signal: AbortSignal): Promise<number> {
    const { calls, clock, pace, slots } = this.server;
    const { name } = this.target;
    const windowMs = this.#windowMs;
    const options = callOptions(this.target, { signal, timeoutMs: windowMs + callMs });
    if (windowMs === 0) {
      this.accept(await calls.getOperation({ name }, options));
      return this.#restBeforeLook();
    }
    const beganMs = clock.monotonic();
    slots.taken += 1;
    try {
      const timeout = durationFromMs(windowMs);
      this.accept(await calls.waitOperation({ name, timeout }, options));
    } finally {
      slots.taken -= 1;
    }
    const tookMs = clock.monotonic() - beganMs;
    if (tookMs < windowMs / 2) {
      // Over long before its time, it was no more than a look.
      return Math.max(0, pace.beforeLook(this.#looks++) - tookMs);
    }
    this.#looks = 0;
    return 0;
  }

  /** For how long to wait next; 0 to look without. */
  #nextWindowMs(): number {
    const listens = this.#hasListener();
    // Who listens, and knows nothing yet, is shown a first state at once.
    return !hasFreeSlot(this.server) || (listens && this.latest === undefined)
      ? 0
      : listens
        ? progressWindowMs
        : resultWindowMs;
  }

  /** Polling, time passes before each look; a wait is entered at once. */
  #restBeforeLook(): number {
    return hasFreeSlot(this.server) ? 0 : this.server.pace.beforeLook(this.#looks++);
  }

  #hasListener(): boolean {
    return this.#watchers.some(({ listens }) => listens);
  }

  #interrupt(): void {
    this.#abort?.abort(notNeeded);
  }

  #warn(error: ConnectError, retry: PollRetry): void {
    for (const watcher of this.#watchers) {
      watcher.onPollError(error, retry);
    }
  }

  #lose(error: ConnectError): void {
    const lost = this.#watchers;
    this.#watchers = [];
    for (const watcher of lost) {
      watcher.onLost(error);
    }
  }
}
