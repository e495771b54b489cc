// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type ResultLimits,
  responseResult,
  thrownResult,
  unreadableRequestResult,
  workerLostResult,
} from "./ending.ts";
import type { OperationContext } from "./handlers.ts";
import { lazyPromise } from "./lazy-promise.ts";
import type { RunnableMethod } from "./method.ts";
import { createProgress, type ProgressSchedule } from "./progress.ts";
import type { LeasedWrite, OperationClaim, OperationResult, OperationStore } from "./store.ts";

/** One run of a handler, under one lease. */
export interface Attempt {
  readonly claim: OperationClaim;
  /** When the handler must have stopped unless the lease is renewed, by the monotonic clock. */
  stopByMs: number;
  /** Whether its lease is over: the operation has ended, was given back, or was overtaken. */
  readonly over: boolean;
  /** Settles, and never rejects, once the handler has settled and its end is stored. */
  readonly settled: Promise<void>;
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
  readonly schedule: ProgressSchedule;
  readonly limits: Omit<ResultLimits, "onError">;
  onError(error: unknown, source: "handler" | "store", operation: string): void;
  /** Waits before a write that failed is tried again; false if there is to be no other try. */
  retry(): Promise<boolean>;
}

// Aborting with a reason that exists already is many times cheaper than with a new one.
const cancelled = new ConnectError("the operation was cancelled", Code.Canceled);
const interrupted = new ConnectError(
  "this attempt was interrupted; the operation will run again",
  Code.Unavailable,
);

/** Runs a method's handler for a claimed operation, and stores how it ends. */
export function startAttempt(
  { claim, method, stopByMs }: Pick<Attempt, "claim" | "stopByMs"> & { method: RunnableMethod },
  { store, schedule, limits, onError, retry }: AttemptHost,
): Attempt {
  const { name } = claim;
  let stopReason: ConnectError | undefined;
  let controller: AbortController | undefined;
  // `ending`: the write that ends it is under way, and will raise the fence itself.
  let phase: "running" | "ending" | "over" = "running";
  let handlerSettled = false;

  const progress = createProgress({
    schedule,
    async store(metadata) {
      const held = await store.update(claim, { kind: "report", metadata });
      if (!held) {
        attempt.fenceOff();
      }
      return held;
    },
    onError: (error) => onError(error, "store", name),
  });

  const context: OperationContext<Message> = {
    name,
    principal: claim.owner === "" ? undefined : claim.owner,
    attempt: claim.attempt,
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        if (stopReason !== undefined) {
          controller.abort(stopReason);
        }
      }
      return controller.signal;
    },
    get metadata() {
      return method.metadata.readPacked(claim.metadata);
    },
    report(metadata) {
      if (handlerSettled) {
        // Thrown into a forgotten timer, this would end the process.
        const error = new Error("report() was called after the handler had settled");
        onError(error, "handler", name);
        return lazyPromise(() => Promise.reject(error));
      }
      if (stopReason !== undefined) {
        throw stopReason;
      }
      return progress.report(method.metadata.pack(metadata));
    },
  };

  function stop(reason: ConnectError): void {
    if (stopReason === undefined) {
      stopReason = reason;
      progress.close(reason);
      controller?.abort(reason);
    }
  }

  async function run(): Promise<void> {
    let ending: Ending;
    try {
      ending = await invoke();
    } catch (error) {
      ending = { kind: "threw", error };
    }
    handlerSettled = true;
    if (phase === "running") {
      phase = "ending";
      await write(writeOf(ending));
      phase = "over";
    }
    progress.close();
  }

  async function invoke(): Promise<Ending> {
    let request: Message;
    try {
      request = method.request.read(claim.request);
    } catch (error) {
      onError(error, "store", name);
      return { kind: "ended", result: unreadableRequestResult(method.domain) };
    }
    const response = await method.run(request, context);
    return {
      kind: "ended",
      result: responseResult(response, method, {
        maxOperationBytes: limits.maxOperationBytes,
        metadataBytes: (progress.latest ?? claim.metadata)?.value.length ?? 0,
      }),
    };
  }

  // The order decides: what was returned stands, and to be stopped outranks what was thrown. Whether
  // it was stopped because it was cancelled, the store knows best.
  function writeOf(ending: Ending): LeasedWrite {
    const metadata = progress.unstored;
    if (ending.kind === "ended") {
      return { kind: "end", result: ending.result, metadata };
    }
    if (stopReason !== undefined) {
      return releasing();
    }
    const result = thrownResult(ending.error, method.domain, {
      ...limits,
      onError: (error) => onError(error, "handler", name),
    });
    return { kind: "end", result, ifCancelled: method.cancelled, metadata };
  }

  function releasing(): LeasedWrite {
    const metadata = progress.unstored;
    const ifCancelled = method.cancelled;
    return claim.maxLosses === 0
      ? { kind: "end", result: workerLostResult(method.domain), ifCancelled, metadata }
      : { kind: "release", ifCancelled, metadata };
  }

  // A result must not be lost because the store is away for a moment.
  async function write(ending: LeasedWrite): Promise<void> {
    for (;;) {
      try {
        await store.update(claim, ending);
        return;
      } catch (error) {
        onError(error, "store", name);
      }
      if (!(await retry())) {
        return;
      }
    }
  }

  const attempt: Attempt = {
    claim,
    stopByMs,
    get over() {
      return phase === "over";
    },
    settled: undefined as never,
    cancel() {
      if (phase === "running") {
        stop(cancelled);
      }
    },
    interrupt: () => stop(interrupted),
    fenceOff() {
      if (phase === "running") {
        phase = "over";
        stop(interrupted);
      }
    },
    async release() {
      stop(interrupted);
      if (phase === "running") {
        phase = "over";
        try {
          await store.update(claim, releasing());
        } catch (error) {
          // Its lease runs out by itself: a shutdown must not wait for a store that is away.
          onError(error, "store", name);
        }
      }
    },
  };
  return Object.assign(attempt, { settled: run() });
}

type Ending =
  | { readonly kind: "ended"; readonly result: OperationResult }
  | { readonly kind: "threw"; readonly error: unknown };
