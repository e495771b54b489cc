// SPDX-License-Identifier: Apache-2.0

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../../src/clock.ts";
import { manualClock } from "../../../src/testing/index.ts";

/**
 * Time that passes as fast as a client and a server get through it. It stands still while a call is on
 * its way, and goes on to the next thing that is scheduled once everybody waits for that.
 */
export interface VirtualTime {
  readonly clock: Clock;
  /** Milliseconds since the beginning. */
  readonly nowMs: number;
  /** Runs a call, which time waits for. */
  call<T>(run: () => Promise<T>): Promise<T>;
  /** Has a call that is under way take time: it is over after `ms`, or once the signal aborts. */
  hold(ms: number, signal: AbortSignal): Promise<void>;
  /** Waits until nothing happens before time goes on. */
  idle(): Promise<void>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the promise settles, which is to be within `withinMs`. */
  until<T>(promise: Promise<T>, withinMs?: number): Promise<PromiseSettledResult<T>>;
  /** Everything that would have happened meanwhile happens at its end: a machine that slept. */
  leap(ms: number): void;
}

const idleLimitMs = 10_000;
const dayMs = 24 * 60 * 60_000;

export function virtualTime(): VirtualTime {
  const manual = manualClock();
  const dueMs = new Set<{ readonly atMs: number }>();
  let underWay = 0;
  let held = 0;

  const clock: Clock = {
    now: manual.now,
    monotonic: manual.monotonic,
    schedule(callback, delayMs) {
      const due = { atMs: manual.monotonic() + Math.max(0, delayMs) };
      dueMs.add(due);
      const takeBack = manual.schedule(() => {
        dueMs.delete(due);
        callback();
      }, delayMs);
      return () => {
        dueMs.delete(due);
        takeBack();
      };
    },
  };

  async function idle(): Promise<void> {
    const limitMs = performance.now() + idleLimitMs;
    // Two turns in a row, so that what an answer sets off has begun.
    for (let quiet = 0; quiet < 2; ) {
      await nextTurn();
      quiet = underWay === held ? quiet + 1 : 0;
      if (performance.now() > limitMs) {
        throw new Error(
          `of ${underWay} calls under way ${held} take their time, and the rest hang`,
        );
      }
    }
  }

  /** Goes on to what is next, up to `endMs`. */
  function step(endMs: number): void {
    const nextMs = Math.min(endMs, ...[...dueMs].map(({ atMs }) => atMs));
    manual.advance(nextMs - manual.monotonic());
  }

  return {
    clock,
    get nowMs() {
      return manual.monotonic();
    },

    async call(run) {
      underWay += 1;
      try {
        return await run();
      } finally {
        underWay -= 1;
      }
    },

    hold(ms, signal) {
      return new Promise((resolve) => {
        held += 1;
        function end() {
          held -= 1;
          takeBack?.();
          signal.removeEventListener("abort", end);
          resolve();
        }
        const takeBack = ms === Number.POSITIVE_INFINITY ? undefined : clock.schedule(end, ms);
        if (signal.aborted) {
          end();
        } else {
          signal.addEventListener("abort", end);
        }
      });
    },

    idle,

    async pass(ms) {
      const endMs = manual.monotonic() + ms;
      await idle();
      while (manual.monotonic() < endMs) {
        step(endMs);
        await idle();
      }
    },

    async until<T>(promise: Promise<T>, withinMs = dayMs) {
      const endMs = manual.monotonic() + withinMs;
      let settled: PromiseSettledResult<T> | undefined;
      promise.then(
        (value) => {
          settled = { status: "fulfilled", value };
        },
        (reason: unknown) => {
          settled = { status: "rejected", reason };
        },
      );
      for (;;) {
        await idle();
        if (settled !== undefined) {
          return settled;
        }
        if (manual.monotonic() >= endMs) {
          throw new Error(`nothing has come of it in ${withinMs} ms`);
        }
        step(endMs);
      }
    },

    leap: manual.advance,
  };
}
