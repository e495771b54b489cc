// SPDX-License-Identifier: Apache-2.0

import { checkNumber } from "./number-option.ts";

/**
 * How often an operation is looked at where it cannot be waited for. The delays have full jitter: each
 * is drawn evenly from nothing to what stands here.
 */
export interface PollingOptions {
  /** The longest delay before the first look, in milliseconds. Default: 500. */
  readonly initialDelayMs?: number;
  /** By how much it grows with each look. Default: 1.2. */
  readonly multiplier?: number;
  /** What it grows to, in milliseconds. Default: 10 000. */
  readonly maxDelayMs?: number;
}

/** What calls keep to that are made over and over. */
export interface Pace {
  /** Milliseconds before look number `count`, the first one being 0. */
  beforeLook(count: number): number;
  /** Milliseconds before a call is tried again that has failed `count` times. */
  afterFailures(count: number): number;
}

// However the dice fall, a server has this time for itself.
const leastDelayMs = 50;
const failureMultiplier = 2;

/** @throws RangeError that names the option that is out of range. */
export function createPace(options: PollingOptions = {}): Pace {
  const { initialDelayMs = 500, multiplier = 1.2, maxDelayMs = 10_000 } = options;
  checkNumber("polling.initialDelayMs", initialDelayMs, 1);
  checkNumber("polling.multiplier", multiplier, 1);
  checkNumber("polling.maxDelayMs", maxDelayMs, initialDelayMs);
  const delay = (growth: number, count: number) =>
    Math.max(
      Math.min(leastDelayMs, initialDelayMs),
      Math.random() * Math.min(maxDelayMs, initialDelayMs * growth ** count),
    );
  return {
    beforeLook: (count) => delay(multiplier, count),
    afterFailures: (count) => delay(failureMultiplier, count - 1),
  };
}
