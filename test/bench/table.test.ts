// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { resultOf } from "../../bench/harness/rounds.ts";
import { rounded, tableOf } from "../../bench/harness/table.ts";

test("a table names units, spread, floor and goals", () => {
  const result = resultOf(
    {
      name: "get",
      title: "GetOperation",
      metrics: { cpu: { unit: "us", compare: "ratio" }, rate: { unit: "per s" } },
      variants: [
        { name: "bare", open: () => Promise.reject() },
        { name: "memory", floor: "bare", open: () => Promise.reject() },
      ],
      goals: [
        { variant: "memory", metric: "cpu", of: "comparison", bound: "atMost", limit: 1.1 },
        { variant: "memory", metric: "rate", of: "value", bound: "atLeast", limit: 5000 },
      ],
      rounds: 1,
      warmUps: 0,
    },
    [[{ cpu: 100, rate: 9000 }], [{ cpu: 120, rate: 3000 }]],
  );
  expect(tableOf(result)).toBe(
    `get: GetOperation
          cpu [us]         x bare              rate [per s]
  bare    100 (100 - 100)                      9000 (9000 - 9000)
  memory  120 (120 - 120)  1.20 (1.20 - 1.20)  3000 (3000 - 3000)
  goal: memory: cpu against the floor at most 1.1: missed, 1.20
  goal: memory: rate at least 5000: off, 3000
`,
  );
});

test.each([
  [0, "0"],
  [0.012345, "0.0123"],
  [1.23456, "1.23"],
  [45.678, "45.7"],
  [12_345.6, "12346"],
  [-0.5, "-0.500"],
])("%d is shown as %s", (value, shown) => {
  expect(rounded(value)).toBe(shown);
});
