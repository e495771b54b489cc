// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { waitForOperation } from "../../src/client/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt, endedWith, name, types } from "./unit/checksum-states.ts";
import { countedClock } from "./unit/counted-clock.ts";
import { anyDelayMs } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";
import { scriptedServer } from "./unit/scripted-server.ts";

const world = () => ({ script: scriptedServer(), clock: countedClock() });

test("what has ended is told without asking", async () => {
  const { script, clock } = world();
  const wait = (operation: ReturnType<typeof at>) =>
    waitForOperation(script.operations, operation, types, { clock });
  expect(await wait(endedAt(2))).toMatchObject({ treeDigest: "abc", files: 2n });
  await expect(wait(endedWith({ code: Code.Aborted, message: "no" }))).rejects.toMatchObject({
    name: "OperationError",
    code: Code.Aborted,
  });
  expect([script.calls.length, clock.timers]).toEqual([0, 0]);
});

test("what has not is waited for", async () => {
  const { script, clock } = world();
  const result = waitForOperation(script.operations, at(1), types, { clock });
  await turns();
  expect(script.only()).toMatchObject({ method: "WaitOperation", request: { name } });
  clock.advance(30_000);
  script.only().answer(at(2));
  await turns();
  script.only().answer(endedAt(3));
  expect(await result).toMatchObject({ files: 3n });
  await turns();
  expect([script.pending.length, clock.timers]).toEqual([0, 0]);
});

test("the options are those of every wait, and the pace of polling", async () => {
  const { script, clock } = world();
  const abort = new AbortController();
  const onPollError = vi.fn();
  const result = waitForOperation(script.operations, at(1), types, {
    clock,
    signal: abort.signal,
    timeoutMs: 60_000,
    polling: { initialDelayMs: 10, maxDelayMs: 20 },
    onPollError,
  });
  result.catch(() => {});
  await turns();
  script.only().fail(new ConnectError("there is none", Code.Unimplemented));
  await turns();
  clock.advance(20);
  await turns();
  script.only().fail(new ConnectError("away", Code.Unavailable));
  await turns();
  expect(onPollError).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ code: Code.Unavailable }),
    { name, failures: 1, delayMs: expect.any(Number) },
  );
  expect(onPollError.mock.lastCall?.[1].delayMs).toBeLessThanOrEqual(20);
  clock.advance(60_000);
  await expect(result).rejects.toMatchObject({ kind: "timed-out", operationName: name });
  await turns();
  expect([script.pending.length, clock.timers, listenersOf(abort.signal)]).toEqual([0, 0, 0]);
});

test("a signal ends it with its own reason", async () => {
  const { script, clock } = world();
  const abort = new AbortController();
  const { signal } = abort;
  const result = waitForOperation(script.operations, at(1), types, { clock, signal });
  await turns();
  abort.abort("enough");
  await expect(result).rejects.toBe("enough");
  await turns();
  expect([script.pending.length, clock.timers, listenersOf(signal)]).toEqual([0, 0, 0]);
});

test.each([
  [{ timeoutMs: -1 }, "`timeoutMs`"],
  [{ polling: { multiplier: 0 } }, "`polling.multiplier`"],
])("%o is refused by name", async (options, message) => {
  const { script } = world();
  const wait = async () => waitForOperation(script.operations, at(1), types, options);
  await expect(wait).rejects.toThrow(RangeError);
  await expect(wait).rejects.toThrow(message);
  expect(script.calls).toHaveLength(0);
});

test("many of one client know together that the server has no WaitOperation", async () => {
  const { script, clock } = world();
  void waitForOperation(script.operations, at(1), types, { clock });
  await turns();
  script.only().fail(new ConnectError("there is none", Code.Unimplemented));
  await turns();
  void waitForOperation(script.operations, at(1), types, { clock });
  await turns();
  clock.advance(anyDelayMs);
  await turns();
  expect(script.pending.map(({ method }) => method)).toEqual(["GetOperation", "GetOperation"]);
});
