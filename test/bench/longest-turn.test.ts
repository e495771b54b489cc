// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { longestTurn } from "../../bench/waiters/longest-turn.ts";

test("a turn that computes is as long as it computes, whether it comes first or not", async () => {
  const turns = longestTurn();
  turns.watch();
  compute(80);
  await nextTick();
  expect(turns.stop()).toBeGreaterThan(60);
  turns.watch();
  await nextTick();
  compute(40);
  await nextTick();
  expect(turns.stop()).toBeGreaterThan(30);
});

// In CPU time, since that is what counts.
function compute(ms: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if (user + system > ms * 1000) {
      return;
    }
  }
}

// Real time, which is what the watch measures.
const nextTick = () => new Promise((resolve) => setTimeout(resolve, 5));
