// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import { lazyPromise } from "../lazy-promise.ts";
import type { Lease, OperationStore, PackedMessage } from "../store.ts";
import { nextTurn } from "../turn.ts";

/**
 * The metadata of one attempt, on its way to the store: the latest report. One is made for each
 * attempt, so it is data, and what can be done with it stands beside it.
 */
export interface Progress {
  readonly lease: Lease;
  readonly writer: ProgressWriter;
  /** Nothing may be written any more: somebody else decides now. */
  readonly onRefused: () => void;
  latest: PackedMessage | undefined;
  /** Reports are numbered from 1. */
  lastReport: number;
  lastStored: number;
  writing: boolean;
  closed: { readonly reason: unknown } | undefined;
  waiters: Waiter[] | undefined;
  /** What every report gives back: it only does something for those that are awaited. */
  stored: Promise<void> | undefined;
}

/** Writes the progress of many attempts at the same moment, so that a store can commit it as one. */
export interface ProgressWriter {
  readonly store: OperationStore;
  onError(error: unknown, operation: string): void;
  /** Sees to it that `progress` is written within an interval. */
  add(progress: Progress): void;
  remove(progress: Progress): void;
}

interface Waiter {
  /** The report that has to be stored. */
  readonly report: number;
  resolve(): void;
  reject(reason: unknown): void;
}

interface ProgressWriterOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  readonly intervalMs: number;
  onError(error: unknown, operation: string): void;
}

/** Writes once an interval, and only where there is something to write. */
export function progressWriter(options: ProgressWriterOptions): ProgressWriter {
  const { store, clock, intervalMs, onError } = options;
  const dirty = new Set<Progress>();
  let scheduled = false;
  function writeAll(): void {
    scheduled = false;
    const due = [...dirty];
    dirty.clear();
    for (const progress of due) {
      void writeProgress(progress);
    }
  }
  return {
    store,
    onError,
    add(progress) {
      if (!scheduled) {
        scheduled = true;
        clock.schedule(writeAll, intervalMs);
      }
      dirty.add(progress);
    },
    remove: (progress) => dirty.delete(progress),
  };
}

/** Progress of which nothing is reported yet. */
export function newProgress(
  lease: Lease,
  { writer, onRefused }: Pick<Progress, "writer" | "onRefused">,
): Progress {
  return {
    lease,
    writer,
    onRefused,
    latest: undefined,
    lastReport: 0,
    lastStored: 0,
    writing: false,
    closed: undefined,
    waiters: undefined,
    stored: undefined,
  };
}

/** What was reported last, if it is not known to be stored. */
export function unstoredProgress(progress: Progress): PackedMessage | undefined {
  return progress.lastStored < progress.lastReport ? progress.latest : undefined;
}

/** Takes the place of what was reported before. The promise does nothing unless it is awaited. */
export function reportProgress(progress: Progress, metadata: PackedMessage): Promise<void> {
  progress.latest = metadata;
  progress.lastReport++;
  if (!progress.writing) {
    progress.writer.add(progress);
  }
  progress.stored ??= lazyPromise(() => whenStored(progress));
  return progress.stored;
}

/** Nothing is written from now on; who still waits is answered, with `reason` if there is one. */
export function closeProgress(progress: Progress, reason?: unknown): void {
  progress.closed ??= { reason };
  progress.writer.remove(progress);
  answerWaiters(progress);
}

async function whenStored(progress: Progress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    progress.waiters ??= [];
    progress.waiters.push({ report: progress.lastReport, resolve, reject });
    answerWaiters(progress);
    void writeProgress(progress);
  });
  await nextTurn();
}

function answerWaiters(progress: Progress): void {
  const { closed, lastStored, waiters } = progress;
  if (waiters === undefined) {
    return;
  }
  progress.waiters = waiters.filter(({ report }) => report > lastStored && closed === undefined);
  for (const waiter of waiters) {
    if (progress.waiters.includes(waiter)) {
      continue;
    }
    if (waiter.report <= lastStored || closed?.reason === undefined) {
      waiter.resolve();
    } else {
      waiter.reject(closed.reason);
    }
  }
}

/** Writes what is unstored, now. It never rejects. */
async function writeProgress(progress: Progress): Promise<void> {
  while (isToWrite(progress)) {
    const report = progress.lastReport;
    progress.writing = true;
    await writeLatest(progress);
    progress.writing = false;
    answerWaiters(progress);
    if ((progress.waiters?.length ?? 0) === 0 || progress.lastStored < report) {
      break;
    }
  }
  if (isToWrite(progress)) {
    progress.writer.add(progress);
  }
}

function isToWrite({ lastStored, lastReport, writing, closed }: Progress): boolean {
  return lastStored < lastReport && !writing && closed === undefined;
}

async function writeLatest(progress: Progress): Promise<void> {
  const { lease, writer, latest, lastReport } = progress;
  if (latest === undefined) {
    return;
  }
  try {
    if (await writer.store.update(lease, { kind: "report", metadata: latest })) {
      progress.lastStored = lastReport;
    } else {
      progress.onRefused();
    }
  } catch (error) {
    writer.onError(error, lease.name);
  }
}
