// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createPacer, type ReadyAnswer } from "../../src/server/api/pacer.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

const mebibyte = 1024 * 1024;

/** Answers that note when they were given, and by what signal they are sent. */
function answers(count: number, bytes: number) {
  const given: number[] = [];
  const controllers = Array.from({ length: count }, () => new AbortController());
  const ready = controllers.map(
    ({ signal }, i): ReadyAnswer => ({
      bytes,
      isSent: () => signal.aborted,
      give: () => given.push(i),
    }),
  );
  return { ready, given, sent: (i: number) => controllers[i]?.abort() };
}

test("answers are given in order, a share each turn, and shares grow while turns are short", async () => {
  const pacer = createPacer(steppedClock());
  const { ready, given } = answers(2_000, 10);
  pacer.give(ready);
  const shares: number[] = [];
  for (let before = 0; given.length < 2_000; before = given.length) {
    await turns(1);
    shares.push(given.length - before);
  }
  expect(given).toEqual([...given].sort((a, b) => a - b));
  expect(Math.max(...shares)).toBeLessThanOrEqual(256);
  expect(shares[0]).toBeLessThan(shares[5] ?? 0);
});

test("shares shrink while turns take long", async () => {
  const clock = steppedClock();
  let nowMs = 0;
  const pacer = createPacer({ ...clock, monotonic: () => nowMs });
  const { ready, given } = answers(200, 10);
  const slow = ready.map((answer) => ({
    ...answer,
    give() {
      nowMs += 5;
      answer.give();
    },
  }));
  pacer.give(slow);
  const shares: number[] = [];
  for (let before = 0; given.length < 200; before = given.length) {
    await turns(1);
    shares.push(given.length - before);
  }
  // Two answers take as long as a turn may.
  expect(Math.max(...shares.slice(1))).toBeLessThanOrEqual(6);
});

test("large answers are given one each turn, which encodes them", async () => {
  const pacer = createPacer(steppedClock());
  const { ready, given, sent } = answers(8, mebibyte);
  pacer.give(ready);
  for (let i = 0; i < 8; i++) {
    expect(given).toHaveLength(i + 1);
    sent(i);
    await turns(1);
  }
});

test("no more is given while eight mebibytes are unsent", async () => {
  const clock = steppedClock();
  const pacer = createPacer(clock);
  const { ready, given, sent } = answers(20, mebibyte);
  pacer.give(ready);
  await clock.advance(100);
  expect(given).toHaveLength(9);
  sent(0);
  sent(1);
  await clock.advance(10);
  expect(given).toHaveLength(11);
});

test("callers who do not read keep the others waiting for a second at most", async () => {
  const clock = steppedClock();
  const pacer = createPacer(clock);
  const { ready, given } = answers(20, mebibyte);
  pacer.give(ready);
  await turns(10);
  await clock.advance(999);
  expect(given).toHaveLength(9);
  await clock.advance(10);
  await turns(10);
  expect(given).toHaveLength(18);
  await clock.advance(1_000);
  expect(given).toHaveLength(20);
});

test("an answer that is larger than all that may be unsent is given too", async () => {
  const clock = steppedClock();
  const pacer = createPacer(clock);
  const { ready, given } = answers(2, 20 * mebibyte);
  pacer.give(ready);
  await turns();
  expect(given).toEqual([0]);
  await clock.advance(2_000);
  expect(given).toEqual([0, 1]);
});

test("idle() waits until all are given, and nothing at all is idle", async () => {
  const clock = steppedClock();
  const pacer = createPacer(clock);
  await pacer.idle();
  pacer.give([]);
  await pacer.idle();
  const { ready, given } = answers(100, 10);
  pacer.give(ready.slice(0, 50));
  pacer.give(ready.slice(50));
  await pacer.idle();
  expect(given).toHaveLength(100);
  const more = answers(1, 10);
  pacer.give(more.ready);
  await pacer.idle();
  expect(more.given).toEqual([0]);
});
