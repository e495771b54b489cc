// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions, Variant } from "../harness/benchmark.ts";
import type { Goal } from "../harness/goal.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type * as subject from "./overshoot-subject.ts";

const gax = "google-gax";
const goal = (variant: string, metric: string, limit: number): Goal => ({
  variant,
  metric,
  of: "comparison",
  bound: "atMost",
  limit,
});
const clients = [gax, "core-lro", "longrunning"] as const;
const durations = [
  { name: "1-4 s", fromMs: 1_000, toMs: 4_000 },
  { name: "5-30 s", fromMs: 5_000, toMs: 30_000 },
  { name: "1-10 min", fromMs: 60_000, toMs: 600_000 },
];

/** How late callers learn of an end, and how often they ask, where nobody can wait. */
export function clientOvershoot({ quick }: BenchmarkOptions): Benchmark {
  const variants = durations.flatMap(({ name, fromMs, toMs }) =>
    clients.map(
      (client): Variant => ({
        name: `${name}, ${client}`,
        ...(client !== gax && { floor: `${name}, ${gax}` }),
        open: () =>
          openRemoteSubject<typeof subject>(new URL("./overshoot-subject.js", import.meta.url), {
            client,
            fromMs,
            toMs,
            count: quick ? 200 : 1_000,
          }),
      }),
    ),
  );
  return {
    name: "client-overshoot",
    title: "from an end until the caller knows, on a server without WaitOperation; virtual time",
    metrics: {
      p50: { unit: "ms", compare: "ratio" },
      p99: { unit: "ms", compare: "ratio" },
      polls: { unit: "per operation", compare: "ratio" },
    },
    variants,
    goals: [
      goal("1-4 s, longrunning", "polls", 1),
      goal("5-30 s, longrunning", "p50", 1),
      goal("5-30 s, longrunning", "polls", 1),
      goal("1-10 min, longrunning", "p50", 0.25),
      goal("1-10 min, longrunning", "p99", 0.25),
    ],
    rounds: quick ? 3 : 5,
    warmUps: 0,
  };
}
