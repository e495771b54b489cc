// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../clock.ts";
import { type ConcludingWrite, type Conclusions, sinceUs } from "./conclusion.ts";
import {
  type ResultLimits,
  responseResult,
  thrownResult,
  unreadableRequestResult,
  workerLostResult,
} from "./ending.ts";
import { mappedResult } from "./error-mapping.ts";
import type { OperationEvent } from "./events.ts";
import type { RunnableMethod } from "./method.ts";
import { handlerControl } from "./operation-context.ts";
import type { Settings } from "./options.ts";
import { createProgress, type ProgressSchedule } from "./progress.ts";
import type { OperationClaim, OperationResult, OperationStore } from "./store.ts";

/** One run of a handler, under one lease. */
export interface Attempt {
  readonly claim: OperationClaim;
  /** When the handler must have stopped unless the lease is renewed, by the monotonic clock. */
  stopByMs: number;
  /** Whether its lease is over: the operation has ended, was given back, or was overtaken. */
  readonly over: boolean;
  /** Invokes the handler, unless it is to stop already. */
  begin(): void;
  /** Somebody has asked to cancel the operation. */
  cancel(): void;
  /** This attempt is to stop; the operation will run again. */
  interrupt(): void;
  /** The fence has risen: nothing that this attempt does counts any more. */
  fenceOff(): void;
  /** Interrupts, and gives the operation back without waiting for the handler. */
  release(): Promise<void>;
}

/** What all attempts of a process share. */
export interface AttemptHost {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly schedule: ProgressSchedule;
  readonly conclusions: Conclusions;
  readonly limits: Omit<ResultLimits, "onError">;
  readonly mapError: Settings["mapError"];
  onEvent(event: OperationEvent): void;
  onError(error: unknown, source: "handler" | "store", operation: string): void;
  /** Waits before a write that failed is tried again; false if there is to be no other try. */
  retry(): Promise<boolean>;
}

interface AttemptInit {
  readonly claim: OperationClaim;
  readonly method: RunnableMethod;
  readonly stopByMs: number;
  /** Is called once the handler has settled and its end is stored. */
  onSettled(attempt: Attempt): void;
}

// Aborting with a reason that exists already is many times cheaper than with a new one.
const cancelled = new ConnectError("the operation was cancelled", Code.Canceled);
const interrupted = new ConnectError(
  "this attempt was interrupted; the operation will run again",
  Code.Unavailable,
);

/** An attempt at a claimed operation: it runs the method's handler, and stores how that ends. */
export function createAttempt(
  { claim, method, stopByMs, onSettled }: AttemptInit,
  host: AttemptHost,
): Attempt {
  const { store, clock } = host;
  const { name } = claim;
  // `ending`: the write that ends it is under way, and will raise the fence itself. `overtaken`:
  // somebody else has raised it.
  let phase: "running" | "ending" | "over" | "overtaken" = "running";
  let cancelRequested = false;
  // When the handler was invoked, by the monotonic clock.
  let beganMs: number | undefined;

  const progress = createProgress({
    schedule: host.schedule,
    async store(metadata) {
      const held = await store.update(claim, { kind: "report", metadata });
      if (!held) {
        attempt.fenceOff();
      }
      return held;
    },
    onError: (error) => host.onError(error, "store", name),
  });
  const handler = handlerControl({ claim, method, progress, onMistake: onHandlerError });

  function onHandlerError(error: unknown): void {
    host.onError(error, "handler", name);
  }

  async function run(): Promise<void> {
    const ending = await invoke();
    handler.settle();
    if (phase === "running") {
      phase = "ending";
      await writeUntilStored(ending === undefined ? releasing() : endingWith(ending));
    }
    progress.close();
    const time = attemptTime();
    if (phase === "overtaken" && time !== undefined) {
      host.onEvent({ kind: "overtaken", name, method: method.key, ...time });
    }
    onSettled(attempt);
  }

  /** How the handler ends; undefined if it was stopped before. */
  async function invoke(): Promise<Ending | undefined> {
    if (handler.stopReason !== undefined) {
      return undefined;
    }
    let request: Message;
    try {
      request = method.request.read(claim.request);
    } catch (error) {
      host.onError(error, "store", name);
      return { result: unreadableRequestResult(method.domain), stands: false };
    }
    tellAttempted();
    let response: Awaited<ReturnType<RunnableMethod["run"]>>;
    try {
      response = await method.run(request, handler.context);
    } catch (error) {
      // To be stopped outranks what was thrown. Whether it was stopped because it was cancelled, the
      // store knows best.
      if (handler.stopReason !== undefined) {
        return undefined;
      }
      const context = { operation: name, method: method.key };
      const { mapError } = host;
      const { domain } = method;
      const result = await mappedResult(error, { mapError, context, domain, limits: limits() });
      return { result, stands: false };
    }
    try {
      const metadataBytes = (progress.latest ?? claim.metadata)?.value.length ?? 0;
      const { maxOperationBytes } = host.limits;
      const result = responseResult(response, method, { maxOperationBytes, metadataBytes });
      return { result, stands: true };
    } catch (error) {
      return { result: thrownResult(error, method.domain, limits()), stands: false };
    }
  }

  function tellAttempted(): void {
    beganMs = clock.monotonic();
    const { attempt, createTimeUs } = claim;
    const queuedMs = attempt === 1 ? sinceUs(createTimeUs, clock) : undefined;
    host.onEvent({
      kind: "attempted",
      name,
      method: method.key,
      attempt,
      ...(queuedMs !== undefined && { queuedMs }),
    });
  }

  function limits(): ResultLimits {
    return { ...host.limits, onError: onHandlerError };
  }

  function endingWith({ result, stands }: Ending): ConcludingWrite {
    const metadata = progress.unstored;
    const ifCancelled = stands ? undefined : method.cancelled;
    return { kind: "end", result, ifCancelled, metadata };
  }

  function releasing(): ConcludingWrite {
    const metadata = progress.unstored;
    const ifCancelled = method.cancelled;
    return claim.maxLosses === 0 && beganMs !== undefined
      ? { kind: "end", result: workerLostResult(method.domain), ifCancelled, metadata }
      : { kind: "release", ifCancelled, metadata };
  }

  function write(conclusion: ConcludingWrite): Promise<boolean> {
    return host.conclusions.conclude({ ...claim, cancelRequested, ran: attemptTime() }, conclusion);
  }

  // A result must not be lost because the store is away for a moment.
  async function writeUntilStored(conclusion: ConcludingWrite): Promise<void> {
    do {
      try {
        phase = (await write(conclusion)) ? "over" : "overtaken";
        return;
      } catch (error) {
        host.onError(error, "store", name);
      }
    } while (await host.retry());
    phase = "over";
  }

  function attemptTime() {
    return beganMs === undefined
      ? undefined
      : { attempt: claim.attempt, ranMs: clock.monotonic() - beganMs };
  }

  const attempt: Attempt = {
    claim,
    stopByMs,
    get over() {
      return phase === "over" || phase === "overtaken";
    },
    begin: () => void run(),
    cancel() {
      cancelRequested = true;
      if (phase === "running") {
        handler.stop(cancelled);
      }
    },
    interrupt: () => handler.stop(interrupted),
    fenceOff() {
      if (phase === "running") {
        phase = "overtaken";
        handler.stop(interrupted);
      }
    },
    async release() {
      handler.stop(interrupted);
      if (phase === "running") {
        phase = "over";
        try {
          await write(releasing());
        } catch (error) {
          // Its lease runs out by itself: a shutdown must not wait for a store that is away.
          host.onError(error, "store", name);
        }
      }
    },
  };
  return attempt;
}

interface Ending {
  readonly result: OperationResult;
  /** Whether it stands even after a cancel request. */
  readonly stands: boolean;
}
