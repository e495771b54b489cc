// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { turns } from "../server/turns.ts";
import { at, endedAt, name } from "./unit/checksum-states.ts";
import { followed } from "./unit/followed.ts";
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
