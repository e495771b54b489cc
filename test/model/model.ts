// SPDX-License-Identifier: Apache-2.0

import { limits } from "./limits.ts";

/** What an operation ended with, in short: `ok 3`, `failed 4`, `cancelled`, `lost`. */
export type Ending = string;

/** What an answer says of an operation. */
export type Observation =
  | { readonly kind: "absent" }
  | { readonly kind: "present"; readonly ending: Ending | undefined; readonly progress: number };

/** A process that runs operations, from its start to its crash. */
export interface Host {
  readonly id: string;
  /** Since when it does nothing, if that is so; a crashed one never will again. */
  stoppedMs: number | undefined;
  /** When it went on after it had been stopped for so long that it can have lost every lease. */
  lapsedMs: number;
  crashed: boolean;
  /** Whether it shuts down in order, and gives back what it runs. */
  closing: boolean;
  /** Whether it was ever paused: it may have missed what it should have been told. */
  missed: boolean;
}

/** A run of a handler. */
interface Run {
  readonly attempt: number;
  readonly host: Host;
  readonly startedMs: number;
  /** How the handler has settled: `interrupted` is that it failed because it was told to stop. */
  settled: Ending | "interrupted" | undefined;
}

interface ModelOperation {
  readonly name: string;
  attempts: number;
  /** How many leases it has lost: whether one was given back in time cannot always be seen. */
  readonly losses: { least: number; most: number };
  deleted: boolean;
  cancelledMs: number | undefined;
  ending: Ending | undefined;
  /** When it was last known not to have ended. */
  unendedMs: number;
  /** Undefined while it is in the queue. */
  run: Run | undefined;
  /** What its metadata can be. Numbers only grow; 0 is none. */
  progress: Set<number>;
}

/**
 * What this package promises, without any of its parts: no store, no fences, no timers. It is told of
 * everything that is done, watches handlers run, and says whether an answer is one that may be given.
 */
export interface Model {
  readonly operations: ReadonlyMap<string, ModelOperation>;
  /** `host` is given if the operation may be claimed by a process that will never run it. */
  started(name: string, lostBy?: Host): void;
  cancelled(name: string): void;
  deleted(name: string): void;
  attempted(host: Host, run: { name: string; attempt: number; progress: number }): void;
  /** Whether this is the attempt that decides. */
  decides(name: string, attempt: number): boolean;
  /** Whether it decides for certain: nobody can have taken the operation over unseen. */
  decidesForCertain(name: string, attempt: number): boolean;
  reported(name: string, attempt: number, progress: number, stored: boolean): void;
  settled(name: string, attempt: number, ending: Ending | "interrupted"): void;
  /** The host has shut down in order, and given back what it ran. */
  closed(host: Host): void;
  /** The wall clock was set forward. */
  jumped(): void;
  /** @throws Error if nobody may be told this. */
  observe(name: string, observation: Observation): void;
  /** Whether a Wait on it has to have its answer. */
  isOver(name: string): boolean;
}

export function createModel(nowMs: () => number): Model {
  const operations = new Map<string, ModelOperation>();
  let jumpedMs = Number.NEGATIVE_INFINITY;

  function get(name: string): ModelOperation {
    const operation = operations.get(name);
    if (operation === undefined) {
      throw new Error(`${name} was never started`);
    }
    return operation;
  }

  /** Whether the lease of this run can have run out. */
  function mayHaveLapsed({ host, startedMs }: Run): boolean {
    const idleMs = host.stoppedMs === undefined ? 0 : nowMs() - host.stoppedMs;
    const lapsed = idleMs >= limits.leaseLeftMs || host.lapsedMs >= startedMs;
    // A process that starts after the clock was set cannot know that leases look older than they are.
    return lapsed || jumpedMs >= startedMs;
  }

  /** Whether it can be in the queue. */
  function mayBeQueued({ run, attempts }: ModelOperation): boolean {
    return (
      run === undefined ||
      attempts === 0 ||
      run.host.closing ||
      run.settled === "interrupted" ||
      mayHaveLapsed(run)
    );
  }

  function mayBeCancelled(operation: ModelOperation): boolean {
    const { run, cancelledMs } = operation;
    if (cancelledMs === undefined) {
      return false;
    }
    const graceIsOver = nowMs() - cancelledMs >= limits.cancelGraceMs || jumpedMs >= cancelledMs;
    return graceIsOver || mayBeQueued(operation) || (run !== undefined && failed(run));
  }

  /** What it can have ended with. */
  function endings(operation: ModelOperation): Ending[] {
    const { run } = operation;
    const possible: Ending[] = mayBeCancelled(operation) ? ["cancelled"] : [];
    const reaches = run?.host.stoppedMs === undefined || run.host.closing;
    if (run?.settled !== undefined && reaches && !failed(run)) {
      possible.push(run.settled);
    }
    if (run !== undefined && failed(run) && operation.cancelledMs === undefined) {
      possible.push(run.settled ?? "");
    }
    if (run !== undefined && operation.losses.most >= limits.maxLosses && mayHaveLapsed(run)) {
      possible.push("lost");
    }
    return possible;
  }

  /** Whether it has ended for certain. */
  function hasEnded({ ending, run, cancelledMs }: ModelOperation): boolean {
    if (ending !== undefined || (run === undefined && cancelledMs !== undefined)) {
      return true;
    }
    const settled = run?.settled !== undefined && run.settled !== "interrupted";
    return settled && !mayHaveLapsed(run) && !run.host.missed;
  }

  function mayHaveExpired({ ending, unendedMs }: ModelOperation): boolean {
    const over = nowMs() - unendedMs >= limits.retentionMs || jumpedMs >= unendedMs;
    return ending !== undefined && over;
  }

  const model: Model = {
    operations,

    started(name, lostBy) {
      operations.set(name, {
        name,
        attempts: 0,
        losses: { least: 0, most: 0 },
        deleted: false,
        cancelledMs: undefined,
        ending: undefined,
        unendedMs: nowMs(),
        run: lostBy && { attempt: 1, host: lostBy, startedMs: nowMs(), settled: undefined },
        progress: new Set([0]),
      });
    },

    cancelled(name) {
      const operation = get(name);
      if (!hasEnded(operation)) {
        operation.cancelledMs ??= nowMs();
      }
    },

    deleted(name) {
      get(name).deleted = true;
    },

    attempted(host, { name, attempt, progress }) {
      const operation = get(name);
      const { run } = operation;
      const illegal = (why: string) => {
        throw new Error(`${host.id} runs attempt ${attempt} of ${name}, ${why}`);
      };
      if (operation.ending !== undefined) {
        illegal(`which has ended: ${operation.ending}`);
      }
      if (operation.cancelledMs !== undefined) {
        illegal("which was cancelled");
      }
      // One that was stored claimed for a process that never learned of it has lost its first attempt.
      const unseen = run !== undefined && operation.attempts === 0;
      if (attempt === 1 && unseen) {
        operation.run = undefined;
      } else if (attempt !== operation.attempts + (unseen ? 2 : 1)) {
        illegal(`after ${operation.attempts}`);
      } else if (run !== undefined && !run.host.closing && run.settled !== "interrupted") {
        if (!mayHaveLapsed(run)) {
          illegal(`while attempt ${run.attempt} runs on ${run.host.id}`);
        }
        operation.losses.least++;
        operation.losses.most++;
      } else if (run !== undefined && !run.host.closing) {
        // Whether it was given back before its lease ran out cannot be seen.
        operation.losses.most++;
      }
      if (operation.losses.least > limits.maxLosses) {
        illegal(`which has lost ${operation.losses.least}`);
      }
      if (!operation.progress.has(progress)) {
        illegal(`from ${progress}, not from one of ${[...operation.progress]}`);
      }
      operation.attempts = attempt;
      operation.progress = new Set([progress]);
      operation.run = { attempt, host, startedMs: nowMs(), settled: undefined };
    },

    decides: (name, attempt) => {
      const { run, ending } = get(name);
      return run?.attempt === attempt && ending === undefined;
    },

    decidesForCertain(name, attempt) {
      const { run } = get(name);
      return (
        run !== undefined && model.decides(name, attempt) && !run.host.missed && !mayHaveLapsed(run)
      );
    },

    reported(name, attempt, progress, stored) {
      const operation = get(name);
      if (model.decides(name, attempt)) {
        operation.progress.add(progress);
        if (stored) {
          operation.progress = new Set([progress]);
        }
      }
    },

    settled(name, attempt, ending) {
      const operation = get(name);
      if (operation.run !== undefined && model.decides(name, attempt)) {
        operation.run.settled = ending;
      }
    },

    closed(host) {
      for (const operation of operations.values()) {
        const { run, ending } = operation;
        // What a handler had returned was stored before.
        const answered = run?.settled !== undefined && run.settled !== "interrupted";
        if (run?.host === host && ending === undefined && !answered) {
          operation.run = undefined;
        }
      }
    },

    jumped() {
      jumpedMs = nowMs();
    },

    observe(name, observation) {
      const operation = get(name);
      const illegal = (what: string) => {
        throw new Error(`${name} is ${what}, though it is ${describe(operation)}`);
      };
      if (observation.kind === "absent") {
        if (!operation.deleted && !mayHaveExpired(operation)) {
          illegal("absent");
        }
        operation.deleted = true;
        return;
      }
      const { ending, progress } = observation;
      if (operation.deleted) {
        illegal("present");
      }
      if (ending === undefined ? hasEnded(operation) : !may(operation, ending)) {
        illegal(ending ?? "running");
      }
      if (ending === undefined) {
        operation.unendedMs = nowMs();
      }
      operation.ending = ending;
      if (!operation.progress.has(progress)) {
        illegal(`at ${progress}`);
      }
      operation.progress = new Set([...operation.progress].filter((later) => later >= progress));
    },

    isOver: (name) => get(name).deleted || hasEnded(get(name)),
  };

  function may(operation: ModelOperation, ending: Ending): boolean {
    return operation.ending === undefined
      ? endings(operation).includes(ending)
      : operation.ending === ending;
  }

  return model;
}

function failed({ settled }: Run): boolean {
  return settled?.startsWith("failed") ?? false;
}

function describe({ ending, deleted, run, attempts, losses, cancelledMs }: ModelOperation): string {
  const state = ending ?? (run === undefined ? "queued" : `running on ${run.host.id}`);
  return [
    state,
    ...(run?.settled === undefined ? [] : [`settled: ${run.settled}`]),
    ...(cancelledMs === undefined ? [] : [`cancelled at ${cancelledMs}`]),
    ...(deleted ? ["deleted"] : []),
    `${attempts} attempts`,
    `${losses.least} to ${losses.most} losses`,
  ].join(", ");
}
