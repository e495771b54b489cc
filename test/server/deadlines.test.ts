// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createDeadlines } from "../../src/server/api/deadlines.ts";
import { steppedClock } from "./stepped-clock.ts";

function deadlines() {
  const clock = steppedClock();
  const due: { readonly items: string[]; readonly atMs: number }[] = [];
  let timers = 0;
  const counted = {
    ...clock,
    schedule(callback: () => void, delayMs: number) {
      timers++;
      return clock.schedule(callback, delayMs);
    },
  };
  const { add } = createDeadlines<string>(counted, (items) =>
    due.push({ items: [...items], atMs: clock.monotonic() }),
  );
  return { clock, due, add, timers: () => timers };
}

test("items fall due when they should, or a little sooner", async () => {
  const { clock, due, add } = deadlines();
  await clock.advance(7);
  for (const delayMs of [0, 1, 15, 16, 100, 1_000, 1_001]) {
    add(String(delayMs), delayMs);
  }
  await clock.advance(2_000);
  const at = due.flatMap(({ items, atMs }) =>
    items.map((item) => [Number(item), atMs - 7] as const),
  );
  expect(at).toHaveLength(7);
  for (const [delayMs, wasMs] of at) {
    expect(wasMs).toBeLessThanOrEqual(delayMs);
    expect(wasMs).toBeGreaterThan(delayMs - 17);
  }
});

test("items that fall due together share a timer, and are told of together", async () => {
  const { clock, due, add, timers } = deadlines();
  const items = Array.from({ length: 1_000 }, (_, i) => String(i));
  for (const item of items) {
    add(item, 30_000);
  }
  expect(timers()).toBe(1);
  await clock.advance(30_000);
  expect(due).toMatchObject([{ items }]);
});

test("an item that leaves its set does not fall due", async () => {
  const { clock, due, add } = deadlines();
  const set = add("a", 100);
  expect(add("b", 100)).toBe(set);
  const alone = add("c", 500);
  set.delete("a");
  alone.delete("c");
  await clock.advance(1_000);
  expect(due.map(({ items }) => items)).toEqual([["b"]]);
});
