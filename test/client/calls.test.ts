// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt } from "./unit/checksum-states.ts";
import { anyDelayMs, type ChecksumHandle, type Followed, followed } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";
import type { ScriptedCall } from "./unit/scripted-server.ts";

type CallOptions = Parameters<ChecksumHandle["poll"]>[0];

/** The calls about an operation that are made again. */
const calls = [
  {
    method: "GetOperation",
    call: (handle: ChecksumHandle, given?: CallOptions) => handle.poll(given),
  },
  {
    method: "CancelOperation",
    call: (handle: ChecksumHandle, given?: CallOptions) => handle.cancel(given),
  },
  {
    method: "DeleteOperation",
    call: (handle: ChecksumHandle, given?: CallOptions) => handle.delete(given),
  },
] as const;

const away = () => new ConnectError("away", Code.Unavailable);

/** What a call ends with, and how often it was made, if each attempt is answered by `answer`. */
async function made(
  { script, clock }: Followed,
  promise: Promise<unknown>,
  answer: (call: ScriptedCall, attempt: number) => void,
): Promise<{ readonly reason: unknown; readonly attempts: number }> {
  let isOver = false;
  const settled = promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  void settled.then(() => {
    isOver = true;
  });
  for (let attempt = 1; attempt < 20 && !isOver; attempt += 1) {
    await turns(2);
    const [call] = script.pending;
    if (call !== undefined) {
      answer(call, attempt);
    }
    await turns(2);
    clock.advance(anyDelayMs);
    await turns(2);
  }
  expect([script.pending.length, clock.timers]).toEqual([0, 0]);
  return { reason: await settled, attempts: script.calls.length };
}

describe.each(calls)("$method", ({ method, call }) => {
  test("is made again until it is answered", async () => {
    const all = followed();
    const { reason, attempts } = await made(all, call(all.resume()), (pending, attempt) => {
      expect(pending).toMatchObject({ method, timeoutMs: 10_000 });
      if (attempt < 5) {
        pending.fail(away());
      } else {
        pending.answer(method === "GetOperation" ? at(1) : {});
      }
    });
    expect([reason, attempts]).toEqual([undefined, 5]);
  });

  test("is made five times at most", async () => {
    const all = followed();
    const { reason, attempts } = await made(all, call(all.resume()), (pending) => {
      pending.fail(away());
    });
    expect([ConnectError.from(reason).code, attempts]).toEqual([Code.Unavailable, 5]);
  });

  test("is not made again if the answer will not be another", async () => {
    const all = followed();
    const { reason, attempts } = await made(all, call(all.resume()), (pending) => {
      pending.fail(new ConnectError("not you", Code.PermissionDenied));
    });
    expect([ConnectError.from(reason).code, attempts]).toEqual([Code.PermissionDenied, 1]);
  });

  test("waits as long as the server asks to", async () => {
    const all = followed();
    const { script, clock } = all;
    const promise = call(all.resume());
    await turns();
    const hint = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 5n } } };
    script.only().fail(new ConnectError("many", Code.ResourceExhausted, undefined, [hint]));
    await turns();
    clock.advance(4_999);
    await turns();
    expect(script.pending).toHaveLength(0);
    clock.advance(anyDelayMs);
    await turns();
    script.only().answer(method === "GetOperation" ? at(1) : {});
    await promise;
  });

  test("stops at its signal, also in between two attempts, and leaves nothing", async () => {
    const { resume, script, clock } = followed();
    const abort = new AbortController();
    const promise = call(resume(), { signal: abort.signal });
    promise.catch(() => {});
    await turns();
    script.only().fail(away());
    await turns();
    expect([script.pending.length, clock.timers]).toEqual([0, 1]);
    abort.abort();
    await expect(promise).rejects.toMatchObject({ code: Code.Canceled });
    await turns();
    expect([script.pending.length, clock.timers, listenersOf(abort.signal)]).toEqual([0, 0, 0]);
  });

  test("and all its attempts together keep to its timeout", async () => {
    const all = followed();
    const { clock } = all;
    const seen: (number | undefined)[] = [];
    const promise = call(all.resume(), { timeoutMs: 3_000 });
    promise.catch(() => {});
    for (let passedMs = 0; passedMs <= 3_000; passedMs += 10) {
      await turns(1);
      const [pending] = all.script.pending;
      if (pending !== undefined) {
        seen.push((pending.timeoutMs ?? Number.NaN) + passedMs);
        pending.fail(away());
      }
      await turns(1);
      clock.advance(10);
    }
    await expect(promise).rejects.toMatchObject({ code: Code.Unavailable });
    expect(seen.length).toBeGreaterThanOrEqual(1);
    expect(seen.every((end) => end !== undefined && Math.abs(end - 3_000) <= 10)).toBe(true);
    expect([all.script.pending.length, clock.timers]).toEqual([0, 0]);
  });

  test("is never made without a limit, even if its time ran out during a pause", async () => {
    const { resume, script, clock } = followed();
    const promise = call(resume(), { timeoutMs: 60_000 });
    promise.catch(() => {});
    await turns();
    script.only().fail(away());
    await turns();
    // The machine has slept.
    clock.advance(3_600_000);
    await turns();
    // Connect takes a limit of 0 or less for none.
    for (const { timeoutMs } of script.calls) {
      expect(timeoutMs).toBeGreaterThan(0);
    }
    script.pending[0]?.fail(away());
    await expect(promise).rejects.toMatchObject({ code: Code.Unavailable });
  });
});

test("DeleteOperation that finds nothing on a later attempt has deleted it before", async () => {
  const all = followed();
  const { reason, attempts } = await made(all, all.resume().delete(), (call, attempt) => {
    call.fail(attempt === 1 ? away() : new ConnectError("no such thing", Code.NotFound));
  });
  expect([reason, attempts]).toEqual([undefined, 2]);
});

test("DeleteOperation that finds nothing at once says so", async () => {
  const all = followed();
  const { reason } = await made(all, all.resume().delete(), (call) => {
    call.fail(new ConnectError("no such thing", Code.NotFound));
  });
  expect(reason).toMatchObject({ code: Code.NotFound });
});

test("of what is known to have ended, the state is not asked for", async () => {
  const { resume, script } = followed();
  expect(await resume(endedAt(1)).poll()).toMatchObject({ kind: "succeeded" });
  expect(script.calls).toHaveLength(0);
});
