// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { turns } from "../server/turns.ts";
import { at, endedAt } from "./unit/checksum-states.ts";
import { anyDelayMs, followed } from "./unit/followed.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets every delay be as long as it may. */
function longestDelays(): void {
  vi.spyOn(Math, "random").mockReturnValue(1 - 2 ** -53);
}

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
