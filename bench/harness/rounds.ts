// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, Metric, Sample, Subject, Variant } from "./benchmark.ts";
import { type GoalResult, judge } from "./goal.ts";
import { type Summary, summarize } from "./statistics.ts";

/** What was measured of one metric of one variant. */
export interface MetricResult extends Metric {
  readonly value: Summary;
  /** The ratio to the floor, or the difference from it, taken round by round. */
  readonly comparison?: Summary;
  /** What each round measured. */
  readonly rounds: readonly number[];
}

/** What was measured of a variant. */
export interface VariantResult {
  readonly name: string;
  readonly floor?: string;
  readonly metrics: Readonly<Record<string, MetricResult>>;
}

/** What a benchmark measured. */
export interface BenchmarkResult {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly VariantResult[];
  readonly goals: readonly GoalResult[];
}

/** Runs a benchmark: all variants in each round, in an order that changes. */
export async function runBenchmark(benchmark: Benchmark): Promise<BenchmarkResult> {
  const { variants, rounds, warmUps } = benchmark;
  const subjects: Subject[] = [];
  const samples: Sample[][] = variants.map(() => []);
  try {
    for (const variant of variants) {
      subjects.push(await variant.open());
    }
    for (let round = -warmUps; round < rounds; round++) {
      for (const i of orderOf(variants.length, round + warmUps)) {
        const sample = await subjects[i]?.round();
        if (round >= 0 && sample !== undefined) {
          samples[i]?.push(sample);
        }
      }
    }
  } finally {
    await Promise.all(subjects.map((subject) => subject.close()));
  }
  return resultOf(benchmark, samples);
}

/**
 * In which order a round goes through `count` variants: everyone has every place in turn, and every
 * other cycle goes backwards, so that nobody always follows the same neighbour.
 */
export function orderOf(count: number, round: number): number[] {
  const order = Array.from({ length: count }, (_, place) => (place + round) % count);
  return Math.floor(round / count) % 2 === 0 ? order : order.reverse();
}

/** Sums up what the rounds of each variant measured. */
export function resultOf(
  { name, title, metrics, variants, goals }: Benchmark,
  samples: readonly (readonly Sample[])[],
): BenchmarkResult {
  const results = variants.map((variant, i) => ({
    ...identityOf(variant),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([key, metric]) => {
        const floor = variants.findIndex((other) => other.name === variant.floor);
        return [
          key,
          metricResult(metric, valuesOf(samples[i], key), valuesOf(samples[floor], key)),
        ];
      }),
    ),
  }));
  return {
    name,
    title,
    variants: results,
    goals: goals.map((goal) => {
      const variant = results.find((result) => result.name === goal.variant);
      const metric = variant?.metrics[goal.metric];
      const summary = goal.of === "value" ? metric?.value : metric?.comparison;
      if (summary === undefined) {
        throw new Error(
          `${name} does not measure the ${goal.of} of ${goal.variant}.${goal.metric}`,
        );
      }
      return judge(goal, summary);
    }),
  };
}

function identityOf({ name, floor }: Variant): Pick<VariantResult, "name" | "floor"> {
  return floor === undefined ? { name } : { name, floor };
}

function valuesOf(samples: readonly Sample[] | undefined, key: string): number[] {
  return (samples ?? []).flatMap((sample) => sample[key] ?? []);
}

function metricResult(
  metric: Metric,
  values: readonly number[],
  floor: readonly number[],
): MetricResult {
  const result = { ...metric, value: summarize(values), rounds: values };
  if (metric.compare === undefined || floor.length === 0) {
    return result;
  }
  const compared = values.map((value, round) => {
    const other = floor[round] ?? Number.NaN;
    return metric.compare === "ratio" ? value / other : value - other;
  });
  return { ...result, comparison: summarize(compared) };
}
