// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { OperationEvent } from "./events.ts";
import type { Lease, LeasedWrite, OperationRecord, OperationStore } from "./store.ts";

/** Ends a running operation, or puts it back into the queue, and tells of it once that is stored. */
export interface Conclusions {
  /**
   * False, and nothing told, once the fence has risen.
   *
   * @throws Error if the store fails.
   */
  conclude(operation: ConcludedOperation, write: ConcludingWrite): Promise<boolean>;
}

/** A write after which the operation does not run any more. */
export type ConcludingWrite = Exclude<LeasedWrite, { readonly kind: "report" }>;

/** A running operation, and what is known of it. */
export interface ConcludedOperation extends Lease {
  readonly method: string;
  readonly createTimeUs?: number;
  /** Whether it is known that somebody has asked to cancel it. */
  readonly cancelRequested?: boolean;
  readonly losses?: number;
  /** The attempt that this is the end of, if its handler had begun. */
  readonly ran?: { readonly attempt: number; readonly ranMs: number } | undefined;
}

interface ConclusionsOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  onEvent(event: OperationEvent): void;
  onError(error: unknown, operation: string): void;
}

export function createConclusions(options: ConclusionsOptions): Conclusions {
  const { store, clock, onEvent, onError } = options;

  // Whether a cancel request came first was decided in the store, and is not known here.
  async function recordOf(name: string): Promise<OperationRecord | undefined> {
    try {
      return await store.read(name);
    } catch (error) {
      onError(error, name);
      return undefined;
    }
  }

  async function tell(operation: ConcludedOperation, write: ConcludingWrite): Promise<void> {
    const { name, method, ran, losses = 0 } = operation;
    const { ifCancelled } = write;
    const known = ifCancelled === undefined || operation.cancelRequested === true;
    const record = known && operation.createTimeUs !== undefined ? undefined : await recordOf(name);
    const cancelled = operation.cancelRequested === true || record?.cancelRequested === true;
    if (write.kind === "lose") {
      onEvent({ kind: "lost", name, method, losses: losses + 1 });
    }
    const unlessCancelled = write.kind === "release" ? undefined : write.result;
    const result = (cancelled ? ifCancelled : undefined) ?? unlessCancelled;
    const createTimeUs = operation.createTimeUs ?? record?.createTimeUs;
    if (result !== undefined) {
      onEvent({
        kind: "ended",
        name,
        method,
        code: result.kind === "error" ? result.code : undefined,
        cutOff: write.kind === "end" && write.cutOff === true && record?.external !== true,
        ...(createTimeUs !== undefined && { elapsedMs: sinceUs(createTimeUs, clock) }),
        ...ran,
      });
    } else if (write.kind === "release" && ran !== undefined) {
      onEvent({ kind: "released", name, method, ...ran });
    }
  }

  return {
    async conclude(operation, write) {
      const held = await store.update(operation, write);
      if (held) {
        await tell(operation, write);
      }
      return held;
    },
  };
}

/** Milliseconds since a time of the store, whose clock may be another one. */
export function sinceUs(timeUs: number, clock: Clock): number {
  return Math.max(0, clock.now() - timeUs / 1000);
}
