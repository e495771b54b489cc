// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Benchmark, Sample, Variant } from "../../bench/harness/benchmark.ts";
import { orderOf, runBenchmark } from "../../bench/harness/rounds.ts";

test("everyone has every place equally often, in either direction", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), (count) => {
      const rounds = Array.from({ length: 2 * count }, (_, round) => orderOf(count, round));
      for (const order of rounds) {
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
      }
      for (let place = 0; place < count; place++) {
        const there = rounds.map((order) => order[place] ?? -1).sort((a, b) => a - b);
        expect(there).toEqual([...Array(count).keys()].flatMap((i) => [i, i]));
      }
    }),
  );
});

test("warm-ups do not count, and ratios are taken round by round", async () => {
  const result = await runBenchmark(
    benchmarkOf({ floor: [100, 1, 2, 4], ours: [100, 2, 4, 12] }, { warmUps: 1, rounds: 3 }),
  );
  const [floor, ours] = result.variants;
  expect(floor?.metrics.cpu).toMatchObject({ rounds: [1, 2, 4], value: { median: 2 } });
  expect(floor?.metrics.cpu).not.toHaveProperty("comparison");
  expect(ours?.metrics.cpu?.comparison).toEqual({ median: 2, low: 2, high: 2.5 });
  expect(result.goals).toMatchObject([{ variant: "ours", verdict: "met", summary: { median: 2 } }]);
});

test("differences are taken where they say more than ratios", async () => {
  const benchmark = benchmarkOf({ floor: [1, 5], ours: [4, 6] }, { warmUps: 0, rounds: 2 });
  const metrics = { cpu: { unit: "us", compare: "difference" } } as const;
  const { variants } = await runBenchmark({ ...benchmark, metrics });
  expect(variants[1]?.metrics.cpu?.comparison?.median).toBe(2);
});

test("what was opened is closed when a round fails", async () => {
  const closed: string[] = [];
  const variant = (name: string, round: () => Promise<Sample>): Variant => ({
    name,
    open: async () => ({
      round,
      close: async () => {
        closed.push(name);
      },
    }),
  });
  const benchmark: Benchmark = {
    ...benchmarkOf({}, { warmUps: 0, rounds: 1 }),
    goals: [],
    variants: [
      variant("good", async () => ({ cpu: 1 })),
      variant("bad", () => Promise.reject(new Error("out of order"))),
    ],
  };
  await expect(runBenchmark(benchmark)).rejects.toThrow("out of order");
  expect(closed).toEqual(["good", "bad"]);
});

test("a goal for what is not measured is a mistake", async () => {
  const benchmark = benchmarkOf({ floor: [1], ours: [1] }, { warmUps: 0, rounds: 1 });
  const goals = benchmark.goals.map((goal) => ({ ...goal, metric: "heap" }));
  await expect(runBenchmark({ ...benchmark, goals })).rejects.toThrow("ours.heap");
});

function benchmarkOf(
  cpuByVariant: Readonly<Record<string, readonly number[]>>,
  { warmUps, rounds }: Pick<Benchmark, "warmUps" | "rounds">,
): Benchmark {
  return {
    name: "test",
    title: "a test",
    metrics: { cpu: { unit: "us", compare: "ratio" } },
    variants: Object.entries(cpuByVariant).map(([name, cpu]) => {
      const left = [...cpu];
      return {
        name,
        ...(name === "floor" ? {} : { floor: "floor" }),
        open: async () => ({
          round: async () => ({ cpu: left.shift() ?? Number.NaN }),
          close: async () => {},
        }),
      };
    }),
    goals: [{ variant: "ours", metric: "cpu", of: "comparison", bound: "atMost", limit: 2 }],
    warmUps,
    rounds,
  };
}
