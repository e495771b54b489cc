// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { manualClock } from "../../src/testing/index.ts";

test("it stands still until it is moved", () => {
  const clock = manualClock(1_000);
  expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0]);
  clock.advance(250);
  expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250]);
});

test("what was scheduled is called in order, each at its own time, and once", () => {
  const clock = manualClock(0);
  const calls: [string, number][] = [];
  const note = (name: string) => () => calls.push([name, clock.now()]);
  clock.schedule(note("late"), 30);
  clock.schedule(note("early"), 10);
  clock.schedule(note("early too"), 10);
  clock.schedule(note("never"), 101);
  clock.schedule(note("at once"), -5);
  expect(calls).toEqual([]);
  clock.advance(100);
  expect(calls).toEqual([
    ["at once", 0],
    ["early", 10],
    ["early too", 10],
    ["late", 30],
  ]);
  expect(clock.now()).toBe(100);
});

test("what a callback schedules is called, too, if its time comes", () => {
  const clock = manualClock(0);
  const calls: number[] = [];
  const again = () => {
    calls.push(clock.now());
    clock.schedule(again, 40);
  };
  clock.schedule(again, 40);
  clock.advance(130);
  expect(calls).toEqual([40, 80, 120]);
});

test("what was taken back is not called", () => {
  const clock = manualClock();
  const calls: string[] = [];
  const takeBack = clock.schedule(() => calls.push("taken back"), 10);
  clock.schedule(() => takeBack(), 5);
  clock.advance(20);
  takeBack();
  expect(calls).toEqual([]);
});

test("the wall clock can be set, which moves nothing else", () => {
  const clock = manualClock(50_000);
  const calls: number[] = [];
  clock.schedule(() => calls.push(clock.now()), 10);
  clock.advance(4);
  clock.setWall(1_000);
  expect([clock.now(), clock.monotonic(), calls]).toEqual([1_000, 4, []]);
  clock.advance(6);
  expect(calls).toEqual([1_006]);
});
