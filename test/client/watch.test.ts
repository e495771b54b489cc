// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { WaitError } from "../../src/client/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt, endedWith, name } from "./unit/checksum-states.ts";
import { type Followed, followed } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";

const timeoutMs = 5_000;

/** Waits with a signal and a timeout, until `end` has it end; gives what it ended with. */
async function waited(all: Followed, end: (abort: AbortController) => void): Promise<unknown> {
  const abort = new AbortController();
  const { signal } = abort;
  const result = all.resume().result({ signal, timeoutMs });
  await turns();
  expect([listenersOf(signal), all.clock.timers, all.script.pending.length]).toEqual([1, 1, 1]);
  end(abort);
  const settled = await result.catch((reason: unknown) => reason);
  await turns();
  // Nothing is left behind, and nothing begins again.
  all.clock.advance(3_600_000);
  abort.abort();
  await turns();
  expect([listenersOf(signal), all.clock.timers, all.script.pending.length]).toEqual([0, 0, 0]);
  return settled;
}

describe("whatever ends the waiting, no timer, listener or call is left", () => {
  test("the operation succeeded", async () => {
    const all = followed();
    const settled = await waited(all, () => all.script.only().answer(endedAt(1)));
    expect(settled).toMatchObject({ files: 1n });
  });

  test("the operation failed", async () => {
    const all = followed();
    const state = endedWith({ code: Code.Aborted, message: "no" });
    const settled = await waited(all, () => all.script.only().answer(state));
    expect(settled).toMatchObject({ name: "OperationError", code: Code.Aborted });
  });

  test("its signal aborted", async () => {
    const reason = { of: "any kind" };
    expect(await waited(followed(), (abort) => abort.abort(reason))).toBe(reason);
  });

  test("its time has passed", async () => {
    const all = followed();
    const settled = await waited(all, () => all.clock.advance(timeoutMs));
    expect(settled).toMatchObject({ kind: "timed-out", operationName: name, operation: undefined });
  });

  test("contact was lost", async () => {
    const all = followed();
    const cause = new ConnectError("who are you?", Code.Unauthenticated);
    const settled = await waited(all, () => all.script.only().fail(cause));
    expect(settled).toMatchObject({ kind: "lost-contact", operationName: name });
    expect((settled as WaitError).cause?.code).toBe(Code.Unauthenticated);
  });

  test("it was pausing when its signal aborted", async () => {
    const { resume, script, clock } = followed();
    const abort = new AbortController();
    const result = resume().result({ signal: abort.signal });
    await turns();
    script.only().fail(new ConnectError("away", Code.Unavailable));
    await turns();
    expect([script.pending.length, clock.timers]).toEqual([0, 1]);
    abort.abort("enough");
    await expect(result).rejects.toBe("enough");
    await turns();
    expect([clock.timers, listenersOf(abort.signal)]).toEqual([0, 0]);
  });
});

describe("timeoutMs", () => {
  test("ends the waiting of who gave it, and nobody else's", async () => {
    const { resume, script, clock } = followed();
    const handle = resume(at(3));
    const [short, long, forever] = [
      handle.result({ timeoutMs: 1_000 }),
      handle.result({ timeoutMs: 2_000 }),
      handle.result(),
    ];
    await turns();
    const call = script.only();
    clock.advance(1_000);
    await expect(short).rejects.toMatchObject({ kind: "timed-out", operation: at(3) });
    clock.advance(1_000);
    await expect(long).rejects.toBeInstanceOf(WaitError);
    await turns();
    expect(script.only()).toBe(call);
    call.answer(endedAt(4));
    expect(await forever).toMatchObject({ files: 4n });
  });

  test("is not a moment too early", async () => {
    const { resume, clock } = followed();
    const settled = vi.fn();
    resume().result({ timeoutMs: 1_000 }).catch(settled);
    await turns();
    clock.advance(999);
    await turns();
    expect(settled).not.toHaveBeenCalled();
    clock.advance(1);
    await turns();
    expect(settled).toHaveBeenCalledOnce();
  });

  test("counts on through failures and pauses", async () => {
    const { resume, script, clock } = followed();
    const result = resume().result({ timeoutMs: 3_000 });
    const settled = vi.fn();
    result.catch(settled);
    for (let elapsedMs = 0; elapsedMs < 3_000; elapsedMs += 100) {
      await turns();
      expect(settled).not.toHaveBeenCalled();
      script.pending[0]?.fail(new ConnectError("away", Code.Unavailable));
      await turns();
      clock.advance(100);
    }
    await expect(result).rejects.toMatchObject({ kind: "timed-out" });
    await turns();
    expect([clock.timers, script.pending.length]).toEqual([0, 0]);
  });

  test("0 is as little as can be: what is known is given, and nothing waited for", async () => {
    const { resume, clock } = followed();
    expect(await resume(endedAt(1)).result({ timeoutMs: 0 })).toMatchObject({ files: 1n });
    const result = resume(at(1)).result({ timeoutMs: 0 });
    clock.advance(0);
    await expect(result).rejects.toMatchObject({ kind: "timed-out" });
    await turns();
    expect(clock.timers).toBe(0);
  });

  test("Infinity is without limit, and takes no timer", async () => {
    const { resume, script, clock } = followed();
    const result = resume().result({ timeoutMs: Number.POSITIVE_INFINITY });
    await turns();
    expect(clock.timers).toBe(0);
    clock.advance(1e15);
    await turns();
    script.only().answer(endedAt(1));
    expect(await result).toMatchObject({ files: 1n });
  });

  test("may be longer than a timer of JavaScript", async () => {
    const { resume, clock } = followed();
    const settled = vi.fn();
    resume()
      .result({ timeoutMs: 2 ** 31 + 1_000 })
      .catch(settled);
    await turns();
    clock.advance(2 ** 31);
    await turns();
    expect(settled).not.toHaveBeenCalled();
    clock.advance(1_000);
    await turns();
    expect(settled).toHaveBeenCalledOnce();
  });

  test.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])("%d is refused", async (wrong) => {
    const { resume, script, clock } = followed();
    const message = `Expected \`timeoutMs\` to be a number from 0, got \`${wrong}\``;
    await expect(async () => resume().result({ timeoutMs: wrong })).rejects.toThrow(
      new RangeError(message),
    );
    await expect(async () => {
      for await (const _ of resume().progress({ timeoutMs: wrong })) {
        throw new Error("there is no progress");
      }
    }).rejects.toThrow(new RangeError(message));
    await turns();
    expect([script.calls.length, clock.timers]).toEqual([0, 0]);
  });
});

describe("signal", () => {
  test("that has aborted already ends the waiting before it begins", async () => {
    const { resume, script, clock } = followed();
    const signal = AbortSignal.abort("too late");
    await expect(resume().result({ signal })).rejects.toBe("too late");
    await turns();
    expect([script.calls.length, clock.timers, listenersOf(signal)]).toEqual([0, 0, 0]);
  });

  test("ends with its own reason, of a bare abort() too", async () => {
    const { resume } = followed();
    const abort = new AbortController();
    const result = resume().result({ signal: abort.signal });
    abort.abort();
    await expect(result).rejects.toBe(abort.signal.reason);
    await expect(result).rejects.toMatchObject({ name: "AbortError" });
  });

  test("of one who waits says nothing to the server, nor to the others", async () => {
    const { resume, script } = followed();
    const handle = resume();
    const abort = new AbortController();
    const [left, stays] = [handle.result({ signal: abort.signal }), handle.result()];
    await turns();
    abort.abort("bored");
    await expect(left).rejects.toBe("bored");
    await turns();
    expect(script.calls.map(({ method }) => method)).toEqual(["WaitOperation"]);
    script.only().answer(endedAt(1));
    expect(await stays).toMatchObject({ files: 1n });
  });

  test("after which the handle can be waited for again", async () => {
    const { resume, script } = followed();
    const handle = resume();
    for (let round = 0; round < 3; round += 1) {
      const abort = new AbortController();
      const left = handle.result({ signal: abort.signal });
      await turns();
      abort.abort(round);
      await expect(left).rejects.toBe(round);
    }
    const result = handle.result();
    await turns();
    script.only().answer(endedAt(1));
    expect(await result).toMatchObject({ files: 1n });
  });

  test("shared by many takes one listener for each who waits, and leaves none", async () => {
    const { resume, script } = followed();
    const { signal } = new AbortController();
    const handles = Array.from({ length: 8 }, () => resume());
    const results = handles.map((handle) => handle.result({ signal }));
    await turns();
    expect(listenersOf(signal)).toBe(8);
    for (const call of script.pending) {
      call.answer(endedAt(1));
    }
    await Promise.all(results);
    expect(listenersOf(signal)).toBe(0);
  });
});

describe("what has ended", () => {
  test("is told at once, as often as asked, and the server is not", async () => {
    const { resume, script, clock } = followed();
    const handle = resume(endedAt(2));
    const [one, other] = [await handle.result(), await handle.result()];
    expect(one).toBe(other);
    expect(await handle.poll()).toMatchObject({ kind: "succeeded" });
    expect([script.calls.length, clock.timers]).toEqual([0, 0]);
  });

  test("with an error is told with the same one each time", async () => {
    const { resume } = followed();
    const handle = resume(endedWith({ code: Code.Internal, message: "no" }));
    const [one, other] = await Promise.all(
      [handle.result(), handle.result()].map((result) => result.catch((error) => error)),
    );
    expect(one).toBeInstanceOf(Error);
    expect(one).toBe(other);
  });
});
