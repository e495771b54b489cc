// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { readAny } from "../any.ts";
import type { OperationTypes } from "../operation-service.ts";
import { type CallTarget, callAgain, callMs, type OperationsServer } from "./calls.ts";
import { pause } from "./pause.ts";
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
  /** The last metadata of the declared type, and how it was packed. */
  metadata: { readonly packed: Any; readonly message: MessageShape<Metadata> } | undefined;
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
    const { metadata: packed } = operation;
    const reading = readAny(packed, this.target.types.metadata);
    // A server that leaves it out for once takes nothing back.
    if (packed !== undefined && reading.kind === "message") {
      this.metadata = { packed, message: reading.message };
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

  async #poll(): Promise<void> {
    const { clock } = this.server;
    let restMs = this.#restBeforeLook();
    while (this.#watches.length > 0 && this.ended === undefined) {
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      if (restMs > 0) {
        await pause(restMs, { clock, signal });
        restMs = 0;
        continue;
      }
      try {
        restMs = await callAgain(this.server, {
          target: this.target,
          options: { signal },
          maxAttempts: Number.POSITIVE_INFINITY,
          call: (options, lastError) => this.#look(options, lastError),
          onFailure: (error, retry) => {
            for (const watch of this.#watches) {
              watch.onPollError(error, retry);
            }
          },
        });
      } catch (error) {
        if (!signal.aborted) {
          for (const watch of this.#watches) {
            watch.fail("lost-contact", ConnectError.from(error));
          }
        }
      }
    }
    this.#abort = undefined;
  }

  /** Makes a call. The milliseconds to let pass before the next one. */
  async #look(options: CallOptions, lastError: ConnectError | undefined): Promise<number> {
    const { calls, clock, pace, slots } = this.server;
    const { name } = this.target;
    // It may have too many who wait, and still answer who asks.
    const windowMs = lastError?.code === Code.ResourceExhausted ? 0 : this.#nextWindowMs();
    if (windowMs === 0) {
      this.accept(await calls.getOperation({ name }, options));
      return this.#restBeforeLook();
    }
    const beganMs = clock.monotonic();
    const request = { name, timeout: { seconds: BigInt(windowMs / 1000) } };
    this.#windowMs = windowMs;
    slots.taken += 1;
    try {
      const given = { ...options, timeoutMs: windowMs + callMs };
      this.accept(await calls.waitOperation(request, given));
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unimplemented) {
        throw error;
      }
      refuseWaits(slots, clock);
      return this.#restBeforeLook();
    } finally {
      slots.taken -= 1;
      this.#windowMs = 0;
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
