// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
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

// Shared, since making one takes time; and no ConnectError, which would load all of Node's fetch as soon
// as this is imported.
const notNeeded = new Error("nobody waits for this answer any more");

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
  /** Whether the next call may be a wait. */
  #mayWait = true;
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
    let restMs = this.#restBeforeLook();
    let failures = 0;
    this.#isPolling = true;
    while (this.#watchers.length > 0 && !this.isDone) {
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      if (restMs > 0) {
        await pause(restMs, { clock, signal });
        restMs = 0;
        continue;
      }
      this.#windowMs = this.#nextWindowMs();
      this.#mayWait = true;
      try {
        restMs = await this.#look(signal);
        failures = 0;
      } catch (cause) {
        const error = withRegistryHint(cause);
        if (signal.aborted) {
          continue;
        }
        if (this.#windowMs > 0 && error.code === Code.Unimplemented) {
          refuseWaits(slots, clock);
          restMs = this.#restBeforeLook();
        } else if (isTransient(error)) {
          failures += 1;
          restMs = retryDelayMs(error, { pace, failures });
          // It may have too many who wait, and still answer who asks.
          this.#mayWait = error.code !== Code.ResourceExhausted;
          const retry = { name: this.target.name, failures, delayMs: restMs };
          for (const watcher of this.#watchers) {
            watcher.onPollError(error, retry);
          }
        } else {
          const lost = this.#watchers;
          this.#watchers = [];
          for (const watcher of lost) {
            watcher.onLost(error);
          }
        }
      } finally {
        this.#windowMs = 0;
      }
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
    const timeout = { seconds: BigInt(windowMs / 1000) };
    slots.taken += 1;
    try {
      this.accept(await calls.waitOperation({ name, timeout }, options));
    } finally {
      slots.taken -= 1;
    }
    const tookMs = clock.monotonic() - beganMs;
    if (tookMs < windowMs / 2) {
      // Over long before its time, it was no more than a look.
      return pace.beforeLook(this.#looks++) - tookMs;
    }
    this.#looks = 0;
    return 0;
  }

  /** For how long to wait next; 0 to look without. */
  #nextWindowMs(): number {
    const listens = this.#hasListener();
    if (!this.#mayWait || !hasFreeSlot(this.server) || (listens && this.latest === undefined)) {
      // Who listens, and knows nothing yet, is shown a first state at once.
      return 0;
    }
    return listens ? progressWindowMs : resultWindowMs;
  }

  /** Polling, time passes before each look but the first; a wait is entered at once. */
  #restBeforeLook(): number {
    return this.latest === undefined || hasFreeSlot(this.server)
      ? 0
      : this.server.pace.beforeLook(this.#looks++);
  }

  #hasListener(): boolean {
    return this.#watchers.some(({ listens }) => listens);
  }

  #interrupt(): void {
    this.#abort?.abort(notNeeded);
  }
}
