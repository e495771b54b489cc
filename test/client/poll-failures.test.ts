// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt, name } from "./unit/checksum-states.ts";
import { anyDelayMs, followed } from "./unit/followed.ts";

const away = (message = "away") => new ConnectError(message, Code.Unavailable);

describe("calls that fail", () => {
  test("are made again as long as somebody waits, who is told of each", async () => {
    const { resume, script, clock } = followed();
    const onPollError = vi.fn();
    const result = resume().result({ onPollError });
    for (let failures = 1; failures <= 12; failures += 1) {
      await turns();
      script.only().fail(away(`away, ${failures}`));
      await turns();
      const [error, retry] = onPollError.mock.lastCall ?? [];
      expect(error).toMatchObject({ rawMessage: `away, ${failures}`, code: Code.Unavailable });
      expect(retry).toEqual({ name, failures, delayMs: expect.any(Number) });
      expect(retry.delayMs).toBeLessThanOrEqual(10_000);
      expect([script.pending.length, clock.timers]).toEqual([0, 1]);
      clock.advance(retry.delayMs);
    }
    await turns();
    script.only().answer(at(1));
    await turns();
    clock.advance(anyDelayMs);
    await turns();
    script.only().fail(away());
    await turns();
    expect(onPollError.mock.lastCall?.[1].failures).toBe(1);
    clock.advance(anyDelayMs);
    await turns();
    script.only().answer(endedAt(2));
    expect(await result).toMatchObject({ files: 2n });
    expect(clock.timers).toBe(0);
  });

  test("whoever throws at the news is ignored, and hears the next", async () => {
    const { resume, script, clock } = followed();
    const onPollError = vi.fn(() => {
      throw new Error("a bug in the caller's log");
    });
    const result = resume().result({ onPollError });
    for (let failures = 1; failures <= 3; failures += 1) {
      await turns();
      script.only().fail(away());
      await turns();
      expect(onPollError).toHaveBeenCalledTimes(failures);
      clock.advance(anyDelayMs);
    }
    await turns();
    script.only().answer(endedAt(1));
    expect(await result).toMatchObject({ files: 1n });
  });

  test("and do not pass end it for all who wait, and a new one may try again", async () => {
    const { resume, script, clock } = followed();
    const handle = resume();
    const lost = [handle.result(), handle.progress()[Symbol.asyncIterator]().next()];
    const settled = Promise.allSettled(lost);
    await turns();
    script.only().fail(new ConnectError("go away", Code.PermissionDenied));
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { kind: "lost-contact", cause: { code: Code.PermissionDenied } },
      });
    }
    await turns();
    expect([script.pending.length, clock.timers]).toEqual([0, 0]);
    const again = handle.result();
    await turns();
    script.only().answer(endedAt(2));
    expect(await again).toMatchObject({ files: 2n });
  });

  test("what is no ConnectError is lost contact, too", async () => {
    const { resume, script } = followed();
    const result = resume().result();
    const bug = new RangeError("a transport with a bug");
    await turns();
    script.only().fail(bug);
    await expect(result).rejects.toMatchObject({
      kind: "lost-contact",
      cause: { code: Code.Unknown, cause: bug },
    });
  });

  test("with a RetryInfo are not made again before that, and then ask rather than wait", async () => {
    const { resume, script, clock } = followed();
    const onPollError = vi.fn();
    void resume().result({ onPollError });
    await turns();
    const hint = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 7n } } };
    script.only().fail(new ConnectError("many", Code.ResourceExhausted, undefined, [hint]));
    await turns();
    expect(onPollError.mock.lastCall?.[1].delayMs).toBeGreaterThanOrEqual(7_000);
    clock.advance(6_999);
    await turns();
    expect(script.pending).toHaveLength(0);
    clock.advance(anyDelayMs);
    await turns();
    // Who waits may have been one too many; who asks is not.
    expect(script.only().method).toBe("GetOperation");
  });

  test("with a hint of years are made again within minutes", async () => {
    const { resume, script } = followed();
    const onPollError = vi.fn();
    void resume().result({ onPollError });
    await turns();
    const hint = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 315_576_000_000n } } };
    script.only().fail(new ConnectError("away", Code.Unavailable, undefined, [hint]));
    await turns();
    expect(onPollError.mock.lastCall?.[1].delayMs).toBeLessThanOrEqual(70_000);
    expect(onPollError.mock.lastCall?.[1].delayMs).toBeGreaterThanOrEqual(60_000);
  });
});
