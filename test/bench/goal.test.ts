// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type Goal, judge } from "../../bench/harness/goal.ts";

const goal = { variant: "ours", metric: "cpu", of: "value" } as const;
const exactly = (value: number) => ({ median: value, low: value, high: value });

test.each([
  ["atMost", 10, "met"],
  ["atMost", 10.1, "missed"],
  ["atMost", 15, "missed"],
  ["atMost", 15.1, "off"],
  ["atLeast", 10, "met"],
  ["atLeast", 9.9, "missed"],
  ["atLeast", 6.7, "missed"],
  ["atLeast", 6.6, "off"],
] as const)("%s 10, measured %d: %s", (bound, value, verdict) => {
  const atTen: Goal = { ...goal, bound, limit: 10 };
  expect(judge(atTen, exactly(value)).verdict).toBe(verdict);
});

test("a difference that is below nothing meets any upper limit", () => {
  const difference: Goal = { ...goal, of: "comparison", bound: "atMost", limit: 1.5 };
  expect(judge(difference, exactly(-3)).verdict).toBe("met");
});

test("a goal is close while its limit is within the spread", () => {
  const atTen: Goal = { ...goal, bound: "atMost", limit: 10 };
  expect(judge(atTen, { median: 9, low: 8, high: 11 })).toMatchObject({
    verdict: "met",
    close: true,
  });
  expect(judge(atTen, { median: 9, low: 8, high: 9.5 }).close).toBe(false);
  expect(judge(atTen, { median: 12, low: 11, high: 13 }).close).toBe(false);
});
