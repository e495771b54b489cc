// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createPace } from "../../src/client/pace.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The delays as the dice `random` make them. */
function drawn<T>(random: number, draw: () => T): T {
  vi.spyOn(Math, "random").mockReturnValue(random);
  return draw();
}

const almostOne = 1 - 2 ** -53;

test("by default, the longest delays grow from half a second by a fifth, up to ten seconds", () => {
  const pace = createPace();
  const delays = drawn(almostOne, () => [0, 1, 2, 16, 17, 1_000].map(pace.beforeLook));
  const expected = [500, 600, 720, 500 * 1.2 ** 16, 10_000, 10_000];
  expect(delays.map(Math.round)).toEqual(expected.map(Math.round));
});

test("after failures they double, whatever the multiplier", () => {
  const pace = createPace({ multiplier: 1 });
  const delays = drawn(almostOne, () => [1, 2, 3, 5, 6, 1_000].map(pace.afterFailures));
  expect(delays.map(Math.round)).toEqual([500, 1_000, 2_000, 8_000, 10_000, 10_000]);
});

test("the dice may fall on nothing, and yet a server is left alone for a moment", () => {
  const pace = createPace();
  expect(drawn(0, () => pace.beforeLook(9))).toBe(50);
  expect(drawn(0, () => pace.afterFailures(9))).toBe(50);
});

test("who asks for less than that moment gets it", () => {
  const pace = createPace({ initialDelayMs: 1, maxDelayMs: 1 });
  expect(drawn(0, () => pace.beforeLook(0))).toBe(1);
  expect(drawn(almostOne, () => pace.beforeLook(1_000_000))).toBe(1);
});

test("delays are drawn evenly, so that those who began together part", () => {
  const pace = createPace({ initialDelayMs: 1_000, maxDelayMs: 1_000 });
  expect(drawn(0.25, () => pace.beforeLook(0))).toBe(250);
  expect(drawn(0.75, () => pace.beforeLook(0))).toBe(750);
  vi.restoreAllMocks();
  expect(new Set(Array.from({ length: 20 }, () => pace.beforeLook(0))).size).toBeGreaterThan(1);
});

const options = fc
  .record({
    initialDelayMs: fc.double({ min: 1, max: 1e6, noNaN: true }),
    multiplier: fc.double({ min: 1, max: 100, noNaN: true }),
    more: fc.double({ min: 0, max: 1e9, noNaN: true }),
  })
  .map(({ more, ...rest }) => ({ ...rest, maxDelayMs: rest.initialDelayMs + more }));

test("every delay is finite, within the bounds, and never shrinks as the count grows", () => {
  const counts = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(
      options,
      counts,
      fc.double({ min: 0, max: almostOne, noNaN: true }),
      (given, count, dice) => {
        const pace = createPace(given);
        const least = Math.min(50, given.initialDelayMs);
        for (const delay of [pace.beforeLook, (n: number) => pace.afterFailures(n + 1)]) {
          const [now, next] = drawn(dice, () => [delay(count), delay(count + 1)]);
          expect(now).toBeGreaterThanOrEqual(least);
          expect(now).toBeLessThanOrEqual(given.maxDelayMs);
          expect(next).toBeGreaterThanOrEqual(now ?? Number.NaN);
        }
      },
    ),
  );
});

describe("options out of range are refused by name", () => {
  test.each([
    [{ initialDelayMs: 0 }, "Expected `polling.initialDelayMs` to be a number from 1, got `0`"],
    [{ initialDelayMs: Number.NaN }, "polling.initialDelayMs"],
    [{ initialDelayMs: Number.POSITIVE_INFINITY }, "polling.initialDelayMs"],
    [{ multiplier: 0.9 }, "Expected `polling.multiplier` to be a number from 1, got `0.9`"],
    [{ multiplier: Number.NaN }, "polling.multiplier"],
    [{ maxDelayMs: 499 }, "Expected `polling.maxDelayMs` to be a number from 500, got `499`"],
    [{ initialDelayMs: 20_000 }, "polling.maxDelayMs"],
    [{ maxDelayMs: Number.POSITIVE_INFINITY }, "polling.maxDelayMs"],
  ])("%o", (given, message) => {
    expect(() => createPace(given)).toThrow(RangeError);
    expect(() => createPace(given)).toThrow(message);
  });
});
