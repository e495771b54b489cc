// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { readAny } from "../any.ts";
import type { OperationTypes } from "../operation-service.ts";
import {
  type CallTarget,
  callMs,
  callOptions,
  type OperationsServer,
  retryDelayMs,
} from "./calls.ts";
import { pause } from "./clock.ts";
import { withRegistryHint } from "./registry-hint.ts";
import { hasFreeSlot, refuseWaits } from "./wait-slots.ts";
import type { Watch } from "./watch.ts";

const resultWindowMs = 30_000;
const progressWindowMs = 1_000;

// Shared, since making one takes time; and no ConnectError, which would load all of Node's fetch as soon
// as this is imported.
const notNeeded = new Error("nobody waits any more");

/**
 * Keeps what is known of one operation up to date, for as long as anybody watches it.
 *
 * A class, since a process may have ten thousand of them: closures take several times the memory.
 */
export class Poller<Metadata extends DescMessage = DescMessage> {
  readonly server: OperationsServer;
  readonly target: CallTarget & { readonly types: OperationTypes<DescMessage, Metadata> };
  /** The last known state. */
  latest: Operation | undefined;
  /** The last metadata of the declared type, as it was packed. */
  packed: Any | undefined;
  #message: MessageShape<Metadata> | undefined;
  #watches: readonly Watch[] = [];
  #looks = 0;
  /** How long the wait under way may last; 0 while none is. */
  #windowMs = 0;
  /** Ends the call or the pause that is under way; undefined while it rests. */
  #abort: AbortController | undefined;

  constructor(server: OperationsServer, target: Poller<Metadata>["target"]) {
    this.server = server;
    this.target = target;
  }

  /** The state that it ended in, once it has. */
  get ended(): Operation | undefined {
    return this.latest?.done ? this.latest : undefined;
  }

  /** The last metadata of the declared type. It is read, and kept, once somebody asks. */
  get metadata(): MessageShape<Metadata> | undefined {
    if (this.#message === undefined) {
      const reading = readAny(this.packed, this.target.types.metadata);
      this.#message = reading.kind === "message" ? reading.message : undefined;
    }
    return this.#message;
  }

  add(watch: Watch): void {
    this.#watches = [...this.#watches, watch];
    if (watch.listens && this.#windowMs > progressWindowMs) {
      this.#interrupt();
    }
    if (this.#abort === undefined) {
      void this.#poll();
    }
  }

  remove(watch: Watch): void {
    this.#watches = this.#watches.filter((other) => other !== watch);
    if (this.#watches.length === 0) {
      this.#interrupt();
    }
  }

  /** Takes in a state. What is the last one then? */
  accept(operation: Operation): Operation {
    // What was read before the end may arrive after it.
    if (this.ended !== undefined) {
      return this.ended;
    }
    this.latest = operation;
    // A server that leaves it out for once takes nothing back.
    if (readAny(operation.metadata, this.target.types.metadata).kind === "message") {
      this.packed = operation.metadata;
      this.#message = undefined;
    }
    for (const watch of this.#watches) {
      watch.wake();
    }
    if (operation.done) {
      this.#interrupt();
    }
    return operation;
  }

  /** Something is about to happen: looks at once, unless a wait is going to tell. */
  hurry(): void {
    this.#looks = 0;
    if (this.#windowMs === 0) {
      this.#interrupt();
    }
  }

  // Flat: each async call within another costs 400 bytes for as long as somebody waits.
  async #poll(): Promise<void> {
    const { clock, slots } = this.server;
    let restMs = this.#restBeforeLook();
    let failures = 0;
    let mayWait = true;
    while (this.#watches.length > 0 && this.ended === undefined) {
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      if (restMs > 0) {
        await pause(restMs, { clock, signal });
        restMs = 0;
        continue;
      }
      this.#windowMs = mayWait ? this.#nextWindowMs() : 0;
      const beganMs = clock.monotonic();
      const slot = this.#windowMs > 0 ? 1 : 0;
      slots.taken += slot;
      try {
        this.accept(await this.#call(signal));
        restMs = this.#restAfter(clock.monotonic() - beganMs);
        failures = 0;
        mayWait = true;
      } catch (cause) {
        const error = withRegistryHint(cause);
        if (signal.aborted) {
          continue;
        }
        if (this.#windowMs > 0 && error.code === Code.Unimplemented) {
          refuseWaits(slots, clock);
          restMs = this.#restBeforeLook();
        } else {
          failures += 1;
          restMs = this.#restAfterFailure(error, failures);
          // It may have too many who wait, and still answer who asks.
          mayWait = error.code !== Code.ResourceExhausted;
        }
      } finally {
        slots.taken -= slot;
        this.#windowMs = 0;
      }
    }
    this.#abort = undefined;
  }

  #call(signal: AbortSignal): Promise<Operation> {
    const { calls } = this.server;
    const { name } = this.target;
    const windowMs = this.#windowMs;
    // The deadline is for connections that are dead; a server that is late is still heard.
    const options = callOptions(this.target, { signal, timeoutMs: windowMs + callMs });
    return windowMs === 0
      ? calls.getOperation({ name }, options)
      : calls.waitOperation({ name, timeout: { seconds: BigInt(windowMs / 1000) } }, options);
  }

  /** Milliseconds to let pass after a call that was answered. */
  #restAfter(tookMs: number): number {
    if (this.#windowMs === 0) {
      return this.#restBeforeLook();
    }
    if (tookMs < this.#windowMs / 2) {
      // A wait that is over long before its time was no more than a look.
      return this.server.pace.beforeLook(this.#looks++) - tookMs;
    }
    this.#looks = 0;
    return 0;
  }

  /** The same after one that failed, of which all who wait are told. */
  #restAfterFailure(error: ConnectError, failures: number): number {
    const delayMs = retryDelayMs(error, { pace: this.server.pace, failures });
    for (const watch of this.#watches) {
      if (delayMs === undefined) {
        watch.fail("lost-contact", error);
      } else {
        watch.onPollError(error, { name: this.target.name, failures, delayMs });
      }
    }
    return delayMs ?? 0;
  }

  /** For how long to wait next; 0 to look without. */
  #nextWindowMs(): number {
    const listens = this.#watches.some((watch) => watch.listens);
    if (!hasFreeSlot(this.server) || (listens && this.latest === undefined)) {
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

  #interrupt(): void {
    this.#abort?.abort(notNeeded);
  }
}
