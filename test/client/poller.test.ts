// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { turns } from "../server/turns.ts";
import { at, endedAt, name } from "./unit/checksum-states.ts";
import { anyDelayMs, followed } from "./unit/followed.ts";
import type { ScriptedCall } from "./unit/scripted-server.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets every delay be as long as it may. */
function longestDelays(): void {
  vi.spyOn(Math, "random").mockReturnValue(1 - 2 ** -53);
}

const away = (message = "away") => new ConnectError(message, Code.Unavailable);
const windowMs = ({ request }: ScriptedCall) =>
  Number((request.timeout as { seconds: bigint }).seconds) * 1_000;

describe("where operations can be waited for", () => {
  test("nobody is asked until somebody waits", async () => {
    const { resume, script, clock } = followed();
    resume().progress();
    await turns();
    expect([script.calls.length, clock.timers]).toEqual([0, 0]);
  });

  test("half a minute at a time is waited, by one call, however many wait", async () => {
    const { resume, script, clock } = followed();
    const handle = resume();
    const results = [handle.result(), handle.result(), handle.result()];
    for (let window = 1; window <= 3; window += 1) {
      await turns();
      expect(script.calls).toHaveLength(window);
      expect(script.only()).toMatchObject({ method: "WaitOperation", timeoutMs: 40_000 });
      expect(windowMs(script.only())).toBe(30_000);
      expect(script.only().request.name).toBe(name);
      clock.advance(30_000);
      script.only().answer(at(window));
    }
    await turns();
    script.only().answer(endedAt(9));
    for (const result of results) {
      expect(await result).toMatchObject({ treeDigest: "abc", files: 9n });
    }
    await turns();
    expect([script.pending.length, clock.timers, script.calls.length]).toEqual([0, 0, 4]);
  });

  test("the first who listens has the call made again, with a short window", async () => {
    const { resume, script } = followed();
    const handle = resume(at(0));
    void handle.result();
    await turns();
    const long = script.only();
    const listening = handle.progress()[Symbol.asyncIterator]();
    await listening.next();
    await turns();
    expect(long.isAborted).toBe(true);
    const short = script.only();
    expect(short).toMatchObject({ method: "WaitOperation", timeoutMs: 11_000 });
    expect(windowMs(short)).toBe(1_000);
    void handle.progress()[Symbol.asyncIterator]().next();
    void handle.result();
    await turns();
    expect(script.only()).toBe(short);
  });

  test("once nobody listens any more, the windows are long again", async () => {
    const { resume, script, clock } = followed();
    const handle = resume(at(0));
    void handle.result();
    const listening = handle.progress()[Symbol.asyncIterator]();
    await listening.next();
    await turns();
    await listening.return?.();
    await turns();
    expect(windowMs(script.only())).toBe(1_000);
    clock.advance(1_000);
    script.only().answer(at(1));
    await turns();
    expect(windowMs(script.only())).toBe(30_000);
  });

  test("who listens and knows nothing yet is told the state at once", async () => {
    const { resume, script } = followed();
    const first = resume().progress()[Symbol.asyncIterator]().next();
    await turns();
    expect(script.only().method).toBe("GetOperation");
    script.only().answer(at(1));
    expect(await first).toMatchObject({ done: false, value: { filesDone: 1n } });
    await turns();
    expect(script.only().method).toBe("WaitOperation");
  });

  test("the last who leaves frees everything; those before do not", async () => {
    const { resume, script, clock } = followed();
    const handle = resume();
    const leavers = [new AbortController(), new AbortController()];
    const results = leavers.map(({ signal }) =>
      handle.result({ signal }).catch((reason) => reason),
    );
    await turns();
    const call = script.only();
    leavers[0]?.abort("one");
    await turns();
    expect(call.isAborted).toBe(false);
    leavers[1]?.abort("the other");
    await turns();
    expect(call.isAborted).toBe(true);
    clock.advance(3_600_000);
    await turns();
    expect([script.calls.length, clock.timers]).toEqual([1, 0]);
    expect(await Promise.all(results)).toEqual(["one", "the other"]);
  });

  test("who comes as the last one leaves is served", async () => {
    const { resume, script } = followed();
    const handle = resume();
    const leaver = new AbortController();
    const left = handle.result({ signal: leaver.signal });
    await turns();
    leaver.abort("gone");
    const result = handle.result();
    await expect(left).rejects.toBe("gone");
    await turns();
    script.only().answer(endedAt(1));
    expect(await result).toMatchObject({ files: 1n });
  });

  test("a server whose wait is over at once is paced as one that is polled", async () => {
    longestDelays();
    const { resume, script, clock } = followed();
    void resume(at(0)).result();
    for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 100) {
      await turns(2);
      script.pending[0]?.answer(at(0));
      await turns(2);
      clock.advance(100);
    }
    // 500 ms, growing by a fifth each time, make 17 within a minute.
    expect(script.calls.length).toBeLessThanOrEqual(19);
    expect(script.calls.length).toBeGreaterThanOrEqual(10);
  });

  test("a machine that has slept makes one call, not one for each window slept through", async () => {
    const { resume, script, clock } = followed();
    void resume(at(0)).result();
    await turns();
    clock.advance(8 * 3_600_000);
    await turns();
    expect(script.calls).toHaveLength(1);
    script.only().fail(away());
    await turns();
    clock.advance(8 * 3_600_000);
    await turns();
    expect(script.calls).toHaveLength(2);
  });
});

describe("where it has to be polled", () => {
  test("each look comes after a pause, and the pauses grow", async () => {
    longestDelays();
    const polling = { initialDelayMs: 100, maxDelayMs: 200 };
    const { resume, script, clock } = followed({ maxWaits: 0, polling });
    void resume(at(0)).result();
    for (const delayMs of [100, 120, 144, 173, 200, 200]) {
      await turns();
      clock.advance(delayMs - 2);
      await turns();
      expect(script.pending).toHaveLength(0);
      clock.advance(2);
      await turns();
      expect(script.only()).toMatchObject({ method: "GetOperation", timeoutMs: 10_000 });
      script.only().answer(at(1));
    }
  });

  test("what nothing is known of is looked at without a pause", async () => {
    const { resume, script } = followed({ maxWaits: 0 });
    void resume().result();
    await turns();
    expect(script.only().method).toBe("GetOperation");
  });

  test("UNIMPLEMENTED is not asked for again, by any handle, and is nobody's failure", async () => {
    const { resume, script, clock } = followed();
    const onPollError = vi.fn();
    const result = resume(at(0)).result({ onPollError });
    await turns();
    script.only().fail(new ConnectError("no such method", Code.Unimplemented));
    for (let look = 0; look < 5; look += 1) {
      await turns();
      clock.advance(anyDelayMs);
      await turns();
      expect(script.only().method).toBe("GetOperation");
      script.only().answer(at(look));
    }
    await turns();
    clock.advance(anyDelayMs);
    await turns();
    script.only().answer(endedAt(5));
    await result;
    expect(onPollError).not.toHaveBeenCalled();
    void resume().result();
    await turns();
    expect(script.only().method).toBe("GetOperation");
  });

  test("after ten minutes WaitOperation is asked for again", async () => {
    const { resume, script, clock } = followed();
    const leaver = new AbortController();
    const left = resume(at(0)).result({ signal: leaver.signal });
    await turns();
    script.only().fail(new ConnectError("no such method", Code.Unimplemented));
    await turns();
    leaver.abort("enough");
    await expect(left).rejects.toBe("enough");
    clock.advance(600_000);
    void resume().result();
    await turns();
    expect(script.only().method).toBe("WaitOperation");
  });

  test("cancelling ends a pause, so that the end is seen soon", async () => {
    const { resume, script, clock } = followed({ maxWaits: 0 });
    const handle = resume(at(0));
    void handle.result();
    await turns();
    expect([script.pending.length, clock.timers]).toEqual([0, 1]);
    const cancelled = handle.cancel();
    await turns();
    expect(script.only().method).toBe("CancelOperation");
    script.only().answer();
    await cancelled;
    await turns();
    expect(script.only().method).toBe("GetOperation");
    expect(clock.timers).toBe(0);
  });

  test("after cancelling, the pauses begin anew", async () => {
    longestDelays();
    const polling = { initialDelayMs: 100, multiplier: 10 };
    const { resume, script, clock } = followed({ maxWaits: 0, polling });
    const handle = resume(at(0));
    void handle.result();
    for (let look = 1; look <= 4; look += 1) {
      await turns();
      clock.advance(anyDelayMs);
      await turns();
      script.only().answer(at(look));
    }
    await turns();
    const cancelled = handle.cancel();
    await turns();
    script.only().answer();
    await cancelled;
    await turns();
    script.only().answer(at(5));
    await turns();
    clock.advance(100);
    await turns();
    expect(script.only().method).toBe("GetOperation");
  });

  test("beyond `maxWaits` operations are polled, and one that ends makes room", async () => {
    const { resume, script, clock } = followed({ maxWaits: 1 });
    const first = resume(at(0)).result();
    void resume(at(0)).result();
    await turns();
    expect(script.only().method).toBe("WaitOperation");
    clock.advance(anyDelayMs);
    await turns();
    expect(script.pending.map(({ method }) => method)).toEqual(["WaitOperation", "GetOperation"]);
    script.pending[0]?.answer(endedAt(1));
    await first;
    script.only().answer(at(1));
    await turns();
    expect(script.only().method).toBe("WaitOperation");
  });
});

describe("states that were read by `poll`", () => {
  test("that are the end, end the waiting and the call under way", async () => {
    const { resume, script, clock } = followed();
    const handle = resume();
    const result = handle.result();
    await turns();
    const waiting = script.only();
    const polled = handle.poll();
    await turns();
    script.pending.at(-1)?.answer(endedAt(1));
    expect(await polled).toMatchObject({ kind: "succeeded" });
    expect(await result).toMatchObject({ files: 1n });
    await turns();
    expect(waiting.isAborted).toBe(true);
    expect([script.pending.length, clock.timers]).toEqual([0, 0]);
  });

  test("that are the end, end the call even while who listens takes its time", async () => {
    const { resume, script, clock } = followed();
    const handle = resume(at(0));
    const listening = handle.progress()[Symbol.asyncIterator]();
    await listening.next();
    await turns();
    const waiting = script.only();
    const polled = handle.poll();
    await turns();
    script.pending.at(-1)?.answer(endedAt(1));
    await polled;
    await turns();
    expect(waiting.isAborted).toBe(true);
    expect([script.pending.length, clock.timers]).toEqual([0, 0]);
    expect((await listening.next()).value?.filesDone).toBe(1n);
  });

  test("after the end, take nothing back", async () => {
    const { resume, script } = followed();
    const handle = resume();
    const [late, early] = [handle.poll(), handle.poll()];
    await turns();
    script.pending[1]?.answer(endedAt(3));
    await early;
    script.pending[0]?.answer(at(2));
    expect(await late).toMatchObject({ kind: "succeeded" });
    expect(handle).toMatchObject({ done: true, metadata: { filesDone: 3n } });
  });
});

test("whatever a server answers at once, it is left alone in between", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { Unavailable, DeadlineExceeded, Canceled, Unimplemented } = Code;
  const answers = fc.array(
    fc.constantFrom("state", Unavailable, DeadlineExceeded, Canceled, Unimplemented),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(answers, fc.boolean(), async (given, listens) => {
      const { resume, script, clock } = followed();
      const handle = resume(at(0));
      const abort = new AbortController();
      const { signal } = abort;
      const result = handle.result({ signal });
      const next = listens ? handle.progress({ signal })[Symbol.asyncIterator]() : undefined;
      result.catch(() => {});
      await next?.next();
      const seen: { readonly atMs: number; readonly answer: string | Code | undefined }[] = [];
      for (let elapsedMs = 0; elapsedMs < 1_000; elapsedMs += 10) {
        for (let burst = 0; burst < 2; burst += 1) {
          await turns(1);
          const call = script.pending[0];
          const next = given[seen.length % given.length];
          // Of a state that cannot be asked for, nobody would wait.
          const answer = call?.method === "GetOperation" && next === Unimplemented ? "state" : next;
          if (call !== undefined && typeof answer === "number") {
            call.fail(new ConnectError("at once", answer));
          } else {
            call?.answer(at(seen.length));
          }
          if (call !== undefined) {
            seen.push({ atMs: elapsedMs, answer });
          }
        }
        clock.advance(10);
      }
      const tooSoon = seen.filter(({ atMs }, index) => {
        const before = seen[index - 1];
        return before && before.answer !== Unimplemented && atMs - before.atMs < 50;
      });
      expect(tooSoon).toEqual([]);
      expect(seen.length).toBeGreaterThan(9);
      abort.abort();
    }),
    { numRuns: 20 },
  );
});
