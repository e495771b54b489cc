// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import { quantile, summarize } from "../../bench/harness/statistics.ts";

test("the median and the quartiles", () => {
  expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25 });
  expect(summarize([7])).toEqual({ median: 7, low: 7, high: 7 });
});

test("numbers are ordered as numbers", () => {
  expect(quantile([10, 9, 100], 0.5)).toBe(10);
});

test("quantiles grow with the share, from the least number to the greatest", () => {
  const numbers = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 });
  const share = fc.double({ noNaN: true, min: 0, max: 1 });
  fc.assert(
    fc.property(numbers, share, share, (values, a, b) => {
      const [lower, higher] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
      expect(lower).toBeLessThanOrEqual(higher);
      expect(quantile(values, 0)).toBe(Math.min(...values));
      expect(quantile(values, 1)).toBe(Math.max(...values));
    }),
  );
});

test("there is no quantile of nothing", () => {
  expect(() => summarize([])).toThrow(RangeError);
});
