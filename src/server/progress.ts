// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { lazyPromise } from "./lazy-promise.ts";
import type { PackedMessage } from "./store.ts";
import { nextTurn } from "./turn.ts";

/** The metadata of one attempt, on its way to the store. */
export interface Progress {
  /** What was reported last; undefined if nothing was. */
  readonly latest: PackedMessage | undefined;
  /** That, if it is not known to be stored. */
  readonly unstored: PackedMessage | undefined;
  /** Takes the place of what was reported before. The promise does nothing unless it is awaited. */
  report(metadata: PackedMessage): Promise<void>;
  /** Writes what is unstored, now. It never rejects. */
  write(): Promise<void>;
  /** Nothing is written from now on; who still waits is answered, with `reason` if there is one. */
  close(reason?: unknown): void;
}

/** Writes the progress of many attempts at the same moment, so that a store can commit it as one. */
export interface ProgressSchedule {
  /** Sees to it that `progress` is written within an interval. */
  add(progress: Progress): void;
  remove(progress: Progress): void;
}

/** Writes once an interval, and only where there is something to write. */
export function progressSchedule(clock: Clock, intervalMs: number): ProgressSchedule {
  const dirty = new Set<Progress>();
  let scheduled = false;
  function writeAll(): void {
    scheduled = false;
    const due = [...dirty];
    dirty.clear();
    for (const progress of due) {
      void progress.write();
    }
  }
  return {
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

interface ProgressOptions {
  readonly schedule: ProgressSchedule;
  /** Stores metadata. False if the attempt may not write any more. */
  store(metadata: PackedMessage): Promise<boolean>;
  onError(error: unknown): void;
}

interface Waiter {
  /** The report that has to be stored. */
  readonly report: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Holds the latest report of an attempt until it is stored. */
export function createProgress({ schedule, store, onError }: ProgressOptions): Progress {
  let latest: PackedMessage | undefined;
  // Reports are numbered from 1.
  let lastReport = 0;
  let lastStored = 0;
  let writing = false;
  let closed: { readonly reason: unknown } | undefined;
  let waiters: Waiter[] = [];

  // One promise serves all reports: it only does something for those that are awaited.
  const stored = lazyPromise(async () => {
    await new Promise<void>((resolve, reject) => {
      waiters.push({ report: lastReport, resolve, reject });
      answerWaiters();
      void progress.write();
    });
    await nextTurn();
  });

  function answerWaiters(): void {
    const answered = waiters.filter(({ report }) => report <= lastStored || closed !== undefined);
    waiters = waiters.filter((waiter) => !answered.includes(waiter));
    for (const { report, resolve, reject } of answered) {
      if (report <= lastStored || closed?.reason === undefined) {
        resolve();
      } else {
        reject(closed.reason);
      }
    }
  }

  const progress: Progress = {
    get latest() {
      return latest;
    },
    get unstored() {
      return lastStored < lastReport ? latest : undefined;
    },
    report(metadata) {
      latest = metadata;
      lastReport++;
      if (!writing) {
        schedule.add(progress);
      }
      return stored;
    },
    async write() {
      while (latest !== undefined && lastStored < lastReport && !writing && !closed) {
        const report = lastReport;
        writing = true;
        try {
          if (await store(latest)) {
            lastStored = report;
          }
        } catch (error) {
          onError(error);
        }
        writing = false;
        answerWaiters();
        if (waiters.length === 0 || lastStored < report) {
          break;
        }
      }
      if (lastStored < lastReport && !writing && !closed) {
        schedule.add(progress);
      }
    },
    close(reason) {
      closed ??= { reason };
      schedule.remove(progress);
      answerWaiters();
    },
  };
  return progress;
}
