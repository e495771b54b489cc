// SPDX-License-Identifier: Apache-2.0

import type { Summary } from "./statistics.ts";

/** What is hoped for of one metric of one variant. */
export interface Goal {
  readonly variant: string;
  readonly metric: string;
  /** `value`: the metric itself. `comparison`: its ratio to, or difference from, the floor. */
  readonly of: "value" | "comparison";
  readonly bound: "atMost" | "atLeast";
  readonly limit: number;
}

/**
 * `met`: the median is within the limit. `missed`: it is not. `off`: it is beyond the limit by half,
 * that is above 1.5 times what it may be at most, or below 1/1.5 of what it must be at least.
 */
export type Verdict = "met" | "missed" | "off";

/** Beyond the limit by this factor, a goal is not only missed, but off. */
const offBy = 1.5;

/** What has become of a goal. */
export interface GoalResult extends Goal {
  readonly summary: Summary;
  readonly verdict: Verdict;
  /** Whether the limit lies within the spread, so that another run may say otherwise. */
  readonly close: boolean;
}

/** Compares what was measured with what was hoped for. */
export function judge(goal: Goal, summary: Summary): GoalResult {
  return {
    ...goal,
    summary,
    verdict: verdictOf(goal, summary.median),
    close: summary.low <= goal.limit && goal.limit <= summary.high,
  };
}

function verdictOf({ bound, limit }: Goal, value: number): Verdict {
  // So that more than 1 is worse in either direction.
  const excess = bound === "atMost" ? value / limit : limit / value;
  if (excess <= 1) {
    return "met";
  }
  return excess <= offBy ? "missed" : "off";
}
