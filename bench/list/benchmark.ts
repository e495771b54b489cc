// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Benchmark, BenchmarkOptions, Variant } from "../harness/benchmark.ts";
import type { Goal } from "../harness/goal.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type * as subject from "./subject.ts";
import type { ReadingOptions } from "./subject.ts";

interface Reading extends Pick<ReadingOptions, "read"> {
  readonly title: string;
  readonly calls: { readonly quick: number; readonly whole: number };
  readonly by: readonly ReadingOptions["by"][];
  readonly goal: Goal;
}

const readings: readonly Reading[] = [
  {
    read: "get",
    title: "reading any of them; against the bare driver reading the row",
    calls: { quick: 2_000, whole: 20_000 },
    by: ["driver", "store", "operations"],
    goal: { variant: "store", metric: "cpu", of: "comparison", bound: "atMost", limit: 2 },
  },
  {
    read: "newest",
    title: "the first page of all; against the bare driver reading the rows",
    calls: { quick: 200, whole: 1_000 },
    by: ["driver", "store", "operations"],
    goal: { variant: "store", metric: "cpu", of: "comparison", bound: "atMost", limit: 3 },
  },
  {
    read: "unfinished",
    title: "the first page of `done = false`; against the bare driver reading the rows",
    calls: { quick: 200, whole: 1_000 },
    by: ["driver", "store", "operations"],
    goal: { variant: "store", metric: "cpu", of: "comparison", bound: "atMost", limit: 3 },
  },
  {
    read: "metadata",
    title: "a page of a filter on metadata that nothing matches, cut short after 50 ms",
    calls: { quick: 10, whole: 40 },
    by: ["operations"],
    // So is the page; what comes before and after is little, but for other work that the machine has.
    goal: { variant: "operations", metric: "time", of: "value", bound: "atMost", limit: 60 },
  },
];

/** Reads from among a million finished operations, with no protocol in between. */
export const reading: readonly ((options: BenchmarkOptions) => Benchmark)[] = readings.map(
  (reading) => (options) => benchmarkOf(reading, options),
);

function benchmarkOf(
  { read, title, calls, by, goal }: Reading,
  { quick, directory }: BenchmarkOptions,
): Benchmark {
  const count = quick ? 100_000 : 1_000_000;
  const variant = (by: ReadingOptions["by"]): Variant => ({
    name: by,
    ...(by !== "driver" && goal.of === "comparison" && { floor: "driver" }),
    open: () =>
      openRemoteSubject<typeof subject>(new URL("./subject.js", import.meta.url), {
        by,
        read,
        count,
        path: join(directory, "finished.db"),
        calls: quick ? calls.quick : calls.whole,
      }),
  });
  return {
    name: `${read}-finished`,
    title: `${count} finished operations, ${title}`,
    metrics: {
      cpu: { unit: "us", ...(goal.of === "comparison" && { compare: "ratio" }) },
      time: { unit: "ms" },
      ...(read === "metadata" && { turn: { unit: "ms, longest" } }),
    },
    variants: by.map(variant),
    goals: [goal],
    rounds: quick ? 5 : 15,
    warmUps: 2,
  };
}
