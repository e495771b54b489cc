// SPDX-License-Identifier: Apache-2.0

/** Where the middle of some numbers lies, and how far its halves spread. */
export interface Summary {
  readonly median: number;
  /** The first quartile. */
  readonly low: number;
  /** The third quartile. */
  readonly high: number;
}

/** @throws RangeError if there are no numbers. */
export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
}

/**
 * The number below which a share of the numbers lie, interpolated between its neighbours.
 *
 * @param share from 0, the least number, to 1, the greatest.
 * @throws RangeError if there are no numbers.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) {
    throw new RangeError("Expected at least one number");
  }
  return below + (above - below) * (place - Math.floor(place));
}
