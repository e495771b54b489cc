// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../clock.ts";
import type { OperationEvent } from "../events.ts";
import type { RunnableMethod } from "../method.ts";
import type { Settings } from "../options.ts";
import type { OperationClaim } from "../store.ts";
import type { ConcludingWrite, Conclusions } from "./conclusion.ts";
import { type ResultLimits, workerLostResult } from "./ending.ts";
import { invokeHandler } from "./invocation.ts";
import type { HandlerControl } from "./operation-context.ts";
import { closeProgress, newProgress, type ProgressWriter, unstoredProgress } from "./progress.ts";
import type { Retries } from "./retries.ts";

/**
 * One run of a handler, under one lease. There is one for each claim, so it is data; what can be done
 * with it stands below.
 */
export interface Attempt extends HandlerControl {
  readonly host: AttemptHost;
  /** When the handler must have stopped unless the lease is renewed, by the monotonic clock. */
  stopByMs: number;
  /**
   * `ending`: the write that ends it is under way, and will raise the fence itself. `over`: its lease
   * is. `overtaken`: so it is, because somebody else has raised the fence.
   */
  phase: "running" | "ending" | "over" | "overtaken";
  cancelRequested: boolean;
  /** When the handler was invoked, by the monotonic clock. */
  beganMs: number | undefined;
  /** Settles once the write that ends it is stored, or given up. */
  concluding: Promise<void> | undefined;
}

/** What all attempts of a process share. */
export interface AttemptHost {
  readonly clock: Clock;
  readonly progressWriter: ProgressWriter;
  readonly conclusions: Conclusions;
  readonly limits: Omit<ResultLimits, "onError">;
  readonly mapError: Settings["mapError"];
  readonly onEvent: ((event: OperationEvent) => void) | undefined;
  onError(error: unknown, source: "handler" | "store", operation: string): void;
  /** For the write that ends an attempt. */
  readonly retries: Retries;
  /** The handler has settled, and its end is stored. */
  onSettled(attempt: Attempt): void;
}

interface AttemptInit {
  readonly claim: OperationClaim;
  readonly method: RunnableMethod;
  readonly stopByMs: number;
}

// Aborting with a reason that exists already is many times cheaper than with a new one.
const cancelled = new ConnectError("the operation was cancelled", Code.Canceled);
const interrupted = new ConnectError(
  "this attempt was interrupted; the operation will run again",
  Code.Unavailable,
);

/** An attempt at a claimed operation, which has not begun. */
export function newAttempt({ claim, method, stopByMs }: AttemptInit, host: AttemptHost): Attempt {
  const attempt: Attempt = {
    claim,
    method,
    host,
    stopByMs,
    progress: newProgress(claim, {
      writer: host.progressWriter,
      onRefused: () => fenceOff(attempt),
    }),
    phase: "running",
    cancelRequested: false,
    beganMs: undefined,
    stopReason: undefined,
    controller: undefined,
    handlerSettled: false,
    concluding: undefined,
  };
  return attempt;
}

/** Runs the method's handler, unless it is to stop already, and stores how that ends. */
export async function runAttempt(attempt: Attempt): Promise<void> {
  const { claim, method, host, progress } = attempt;
  const ending = attempt.stopReason === undefined ? await invokeHandler(attempt) : undefined;
  attempt.handlerSettled = true;
  if (attempt.phase === "running") {
    attempt.phase = "ending";
    attempt.concluding = conclude(
      attempt,
      ending === undefined
        ? releasing(attempt)
        : {
            kind: "end",
            result: ending.result,
            ifCancelled: ending.stands ? undefined : method.cancelled,
            metadata: unstoredProgress(progress),
          },
    );
    await attempt.concluding;
  }
  closeProgress(progress);
  const ran = ranOf(attempt);
  if (attempt.phase === "overtaken" && ran !== undefined) {
    host.onEvent?.({ kind: "overtaken", name: claim.name, method: method.key, ...ran });
  }
  host.onSettled(attempt);
}

/** Whether its lease is over: the operation has ended, was given back, or was overtaken. */
export function isOver({ phase }: Attempt): boolean {
  return phase === "over" || phase === "overtaken";
}

/** Somebody has asked to cancel the operation. */
export function cancelAttempt(attempt: Attempt): void {
  attempt.cancelRequested = true;
  if (attempt.phase === "running") {
    stop(attempt, cancelled);
  }
}

/** This attempt is to stop; the operation will run again. */
export function interruptAttempt(attempt: Attempt): void {
  stop(attempt, interrupted);
}

/** The fence has risen: nothing that this attempt does counts any more. */
export function fenceOff(attempt: Attempt): void {
  if (attempt.phase === "running") {
    attempt.phase = "overtaken";
    stop(attempt, interrupted);
  }
}

/** Interrupts, and gives the operation back without waiting for the handler. */
export async function releaseAttempt(attempt: Attempt): Promise<void> {
  stop(attempt, interrupted);
  if (attempt.phase === "ending") {
    await attempt.concluding;
  } else if (attempt.phase === "running") {
    attempt.phase = "over";
    try {
      await write(attempt, releasing(attempt));
    } catch (error) {
      // Its lease runs out by itself: a shutdown must not wait for a store that is away.
      attempt.host.onError(error, "store", attempt.claim.name);
    }
  }
}

function stop(attempt: Attempt, reason: ConnectError): void {
  if (attempt.stopReason === undefined) {
    attempt.stopReason = reason;
    closeProgress(attempt.progress, reason);
    attempt.controller?.abort(reason);
  }
}

function releasing({ claim, method, beganMs, progress }: Attempt): ConcludingWrite {
  const metadata = unstoredProgress(progress);
  const ifCancelled = method.cancelled;
  return claim.maxLosses === 0 && beganMs !== undefined
    ? { kind: "end", result: workerLostResult(method.domain), ifCancelled, metadata }
    : { kind: "release", ifCancelled, metadata };
}

// A result must not be lost because the store is away for a moment.
async function conclude(attempt: Attempt, conclusion: ConcludingWrite): Promise<void> {
  const { claim, host } = attempt;
  do {
    try {
      attempt.phase = (await write(attempt, conclusion)) ? "over" : "overtaken";
      return;
    } catch (error) {
      host.onError(error, "store", claim.name);
    }
  } while (await host.retries.wait());
  attempt.phase = "over";
}

function write(attempt: Attempt, conclusion: ConcludingWrite): Promise<boolean> {
  const { claim, host, cancelRequested } = attempt;
  return host.conclusions.conclude(claim, conclusion, { cancelRequested, ran: ranOf(attempt) });
}

function ranOf({ claim, beganMs, host }: Attempt) {
  return beganMs === undefined
    ? undefined
    : { attempt: claim.attempt, ranMs: host.clock.monotonic() - beganMs };
}
