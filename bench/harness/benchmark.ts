// SPDX-License-Identifier: Apache-2.0

import type { Goal } from "./goal.ts";

/** What the command line decides for a benchmark. */
export interface BenchmarkOptions {
  /** Measures less, in less time: enough to see what is off, not to compare small differences. */
  readonly quick: boolean;
  /** Where files may be put. It is empty at first, and removed afterwards. */
  readonly directory: string;
}

/** What a round measured, by the name of the metric. */
export type Sample = Readonly<Record<string, number>>;

/** How a metric is shown, and compared with that of the floor of the same round. */
export interface Metric {
  /** For example `us/call`. */
  readonly unit: string;
  /** Left out, the metric stands for itself. */
  readonly compare?: "ratio" | "difference";
}

/** Something that is measured, ready to run. */
export interface Subject {
  /** Runs a round, and measures every metric of the benchmark. */
  round(): Promise<Sample>;
  close(): Promise<void>;
}

/** One of the things that a benchmark measures. */
export interface Variant {
  readonly name: string;
  /** The variant that this one is compared with, round by round. */
  readonly floor?: string;
  open(): Promise<Subject>;
}

/** What is measured against what, how often, and what is hoped for. */
export interface Benchmark {
  readonly name: string;
  /** One line that says what is measured. */
  readonly title: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly variants: readonly Variant[];
  readonly goals: readonly Goal[];
  /** Rounds that count. */
  readonly rounds: number;
  /** Rounds before those, for the compiler to warm up. */
  readonly warmUps: number;
}
