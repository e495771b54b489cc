// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationEvent } from "../events.ts";
import type { Lease, LeasedWrite, OperationRecord, OperationStore } from "../store.ts";

/** Ends a running operation, or puts it back into the queue, and tells of it once that is stored. */
export interface Conclusions {
  /**
   * False, and nothing told, once the fence has risen.
   *
   * @throws Error if the store fails.
   */
  conclude(
    operation: ConcludedOperation,
    write: ConcludingWrite,
    known?: KnownOfConclusion,
  ): Promise<boolean>;
}

/** A write after which the operation does not run any more. */
export type ConcludingWrite = Exclude<LeasedWrite, { readonly kind: "report" }>;

/** A running operation. */
export interface ConcludedOperation extends Lease {
  readonly method: string;
  readonly createTimeUs?: number;
  /** Whether it is known that somebody has asked to cancel it. */
  readonly cancelRequested?: boolean;
  readonly losses?: number;
}

interface KnownOfConclusion {
  /** As in the operation, if it was found out since. */
  readonly cancelRequested?: boolean;
  /** The attempt that this is the end of, if its handler had begun. */
  readonly ran?: { readonly attempt: number; readonly ranMs: number } | undefined;
}

interface ConclusionsOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly onEvent: ((event: OperationEvent) => void) | undefined;
  onError(error: unknown, operation: string): void;
}

export function createConclusions(options: ConclusionsOptions): Conclusions {
  const { store, onEvent } = options;
  if (onEvent === undefined) {
    return { conclude: (operation, write) => store.update(operation, write) };
  }
  return {
    async conclude(operation, write, known = {}) {
      const held = await store.update(operation, write);
      if (held) {
        const cancelRequested = known.cancelRequested ?? operation.cancelRequested === true;
        const told = { ...options, onEvent, write, ran: known.ran, cancelRequested };
        await tell(operation, told);
      }
      return held;
    },
  };
}

interface Told extends ConclusionsOptions, Required<KnownOfConclusion> {
  readonly write: ConcludingWrite;
  readonly onEvent: (event: OperationEvent) => void;
}

async function tell(operation: ConcludedOperation, told: Told): Promise<void> {
  const { clock, onEvent, write, ran } = told;
  const { name, method, losses = 0 } = operation;
  const isCertain = write.ifCancelled === undefined || told.cancelRequested;
  const record =
    isCertain && operation.createTimeUs !== undefined ? undefined : await recordOf(name, told);
  if (write.kind === "lose") {
    onEvent({ kind: "lost", name, method, losses: losses + 1 });
  }
  const cancelled = told.cancelRequested || record?.cancelRequested === true;
  const unlessCancelled = write.kind === "release" ? undefined : write.result;
  const result = (cancelled ? write.ifCancelled : undefined) ?? unlessCancelled;
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

// Whether a cancel request came first was decided in the store, and is not known here.
async function recordOf(
  name: string,
  { store, onError }: Told,
): Promise<OperationRecord | undefined> {
  try {
    return await store.read(name);
  } catch (error) {
    onError(error, name);
    return undefined;
  }
}

/** Milliseconds since a time of the store, whose clock may be another one. */
export function sinceUs(timeUs: number, clock: Clock): number {
  return Math.max(0, clock.now() - timeUs / 1000);
}
