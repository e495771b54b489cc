// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WaitError, type WaitOptions } from "../../src/client/index.ts";
import { waitSlotsOf } from "../../src/client/wait-slots.ts";
import { OperationError } from "../../src/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt, endedWith } from "./unit/checksum-states.ts";
import { type Followed, followed } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";

class Given extends Error {}

type Step =
  | { readonly kind: "result" | "progress"; readonly timeoutMs?: number; readonly signals: boolean }
  | { readonly kind: "poll" | "cancel"; readonly signals: boolean }
  | { readonly kind: "abort" | "leave"; readonly which: number }
  | { readonly kind: "answer"; readonly which: number; readonly end: "none" | "well" | "badly" }
  | { readonly kind: "fail"; readonly which: number; readonly code: Code }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "turn" };

const which = fc.nat({ max: 9 });
const signals = fc.boolean();
const timeoutMs = fc.constantFrom(0, 40, 700, 31_000, 2 ** 40);
const waiting = fc
  .record({
    kind: fc.constantFrom("result" as const, "progress" as const),
    timeoutMs: fc.option(timeoutMs, { nil: undefined }),
    signals,
  })
  .map(({ timeoutMs, ...rest }) => (timeoutMs === undefined ? rest : { ...rest, timeoutMs }));
const codes = fc.constantFrom(
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Canceled,
  Code.Unimplemented,
  Code.PermissionDenied,
);

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  waiting,
  waiting,
  fc.record({ kind: fc.constantFrom("poll" as const, "cancel" as const), signals }),
  fc.record({ kind: fc.constantFrom("abort" as const, "leave" as const), which }),
  fc.record({
    kind: fc.constant("answer" as const),
    which,
    end: fc.constantFrom("none" as const, "none" as const, "none" as const, "well", "badly"),
  }),
  fc.record({ kind: fc.constant("fail" as const), which, code: codes }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(0, 50, 1_000, 30_000, 1e9) }),
  fc.constant<Step>({ kind: "turn" }),
);

/** A caller who does all that a handle allows. */
function caller({ resume, script, clock }: Followed) {
  const handle = resume();
  const aborts: AbortController[] = [];
  const iterators: AsyncIterator<unknown>[] = [];
  const settled: Promise<{ of: Step["kind"]; reason?: unknown }>[] = [];
  let open = 0;

  function follow(of: Step["kind"], promise: Promise<unknown>): void {
    open += 1;
    settled.push(
      promise.then(
        () => ({ of }),
        (reason: unknown) => ({ of, reason }),
      ),
    );
    const close = () => {
      open -= 1;
    };
    promise.then(close, close);
  }

  function options(given: { timeoutMs?: number; signals?: boolean }): WaitOptions {
    const abort = new AbortController();
    if (given.signals) {
      aborts.push(abort);
    }
    return {
      ...(given.timeoutMs !== undefined && { timeoutMs: given.timeoutMs }),
      ...(given.signals && { signal: abort.signal }),
    };
  }

  async function drain(iterator: AsyncIterator<unknown>): Promise<void> {
    while (!(await iterator.next()).done) {
      // Each state is as good as any other.
    }
  }

  return {
    aborts,
    settled,
    get open() {
      return open;
    },
    async take(taken: Step, index: number): Promise<void> {
      switch (taken.kind) {
        case "result":
          return follow("result", handle.result(options(taken)));
        case "progress": {
          const iterator = handle.progress(options(taken))[Symbol.asyncIterator]();
          iterators.push(iterator);
          return follow("progress", drain(iterator));
        }
        case "poll":
          return follow("poll", handle.poll(options(taken)));
        case "cancel":
          return follow("cancel", handle.cancel(options(taken)));
        case "abort":
          return aborts[taken.which]?.abort(new Given());
        case "leave":
          await iterators[taken.which]?.return?.();
          return;
        case "answer": {
          const call = script.pending[taken.which % (script.pending.length || 1)];
          const ended = taken.end === "well" ? endedAt(9) : endedWith({ code: Code.Unavailable });
          return call?.answer(
            call.method === "CancelOperation" ? {} : taken.end === "none" ? at(index % 3) : ended,
          );
        }
        case "fail": {
          const call = script.pending[taken.which % (script.pending.length || 1)];
          return call?.fail(new ConnectError("as told", taken.code));
        }
        case "pass":
          return clock.advance(taken.ms);
        case "turn":
          return turns(1);
      }
    },
  };
}

function mayReject(of: Step["kind"], reason: unknown): boolean {
  const isOfRpc = reason instanceof ConnectError;
  switch (of) {
    case "result":
      return (
        reason instanceof Given || reason instanceof WaitError || reason instanceof OperationError
      );
    case "progress":
      return reason instanceof Given || reason instanceof WaitError;
    default:
      return isOfRpc;
  }
}

test("whatever happens in whatever order, all settles, rightly, and nothing is left", async () => {
  const polling = { initialDelayMs: 60, maxDelayMs: 5_000 };
  const steps = fc.array(step, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(undefined, 0, 1), async (taken, maxWaits) => {
      const all = followed({ polling, ...(maxWaits !== undefined && { maxWaits }) });
      const { script, clock } = all;
      const one = caller(all);
      for (const [index, next] of taken.entries()) {
        await one.take(next, index);
        // One call for all who wait, and one for each who asks for itself.
        expect(script.pending.length).toBeLessThanOrEqual(1 + one.open);
      }
      // From here on the server is well, and the operation has ended.
      for (let round = 0; round < 50 && one.open > 0; round += 1) {
        await turns(2);
        for (const call of script.pending) {
          call.answer(call.method === "CancelOperation" ? {} : endedAt(9));
        }
        await turns(2);
        clock.advance(10_000);
      }
      expect(one.open).toBe(0);
      for (const { of, reason } of await Promise.all(one.settled)) {
        expect(reason === undefined || mayReject(of, reason), `${of}: ${reason}`).toBe(true);
      }
      await turns(2);
      expect(waitSlotsOf(script.transport).taken).toBe(0);
      expect([script.pending.length, clock.timers]).toEqual([0, 0]);
      expect(
        one.aborts.map(({ signal }) => listenersOf(signal)).filter((left) => left > 0),
      ).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
