// SPDX-License-Identifier: Apache-2.0

import { afterEach, describe, expect, test, vi } from "vitest";
import { waitingClock } from "../../src/client/clock.ts";
import { systemClock } from "../../src/clock.ts";

const dayMs = 24 * 3_600_000;

/** Timers that keep this process alive. */
const timersAlive = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

test("what is scheduled keeps the process alive until it is taken back", () => {
  const before = timersAlive();
  const takeBack = waitingClock.schedule(() => {}, dayMs);
  expect(timersAlive()).toBe(before + 1);
  takeBack();
  expect(timersAlive()).toBe(before);
});

test("which that of servers does not", () => {
  const before = timersAlive();
  const takeBack = systemClock.schedule(() => {}, dayMs);
  expect(timersAlive()).toBe(before);
  takeBack();
});

test("it tells the time, and the time that passes", () => {
  expect(Math.abs(waitingClock.now() - Date.now())).toBeLessThan(1_000);
  const first = waitingClock.monotonic();
  expect(waitingClock.monotonic()).toBeGreaterThanOrEqual(first);
});

describe("with timers that are moved by hand", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([0, 1, 5_000, 2 ** 31 - 1, 2 ** 31, 90 * dayMs])("%d ms are that long", (delayMs) => {
    vi.useFakeTimers();
    const called = vi.fn();
    waitingClock.schedule(called, delayMs);
    if (delayMs > 0) {
      vi.advanceTimersByTime(delayMs - 1);
      expect(called).not.toHaveBeenCalled();
    }
    vi.advanceTimersByTime(delayMs > 0 ? 1 : 0);
    expect(called).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(200 * dayMs);
    expect(called).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("what is months ahead can be taken back, at first and on the way", () => {
    vi.useFakeTimers();
    const called = vi.fn();
    waitingClock.schedule(called, 90 * dayMs)();
    expect(vi.getTimerCount()).toBe(0);
    const takeBack = waitingClock.schedule(called, 90 * dayMs);
    vi.advanceTimersByTime(60 * dayMs);
    expect(vi.getTimerCount()).toBe(1);
    takeBack();
    takeBack();
    vi.advanceTimersByTime(60 * dayMs);
    expect(vi.getTimerCount()).toBe(0);
    expect(called).not.toHaveBeenCalled();
  });
});
