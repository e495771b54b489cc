// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions } from "../harness/benchmark.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type * as subject from "./match-subject.ts";

/** How long it takes to find the rule that a request is for, among many. */
export function restMatch({ quick }: BenchmarkOptions): Benchmark {
  return {
    name: "rest-match",
    title: "finding the rule of a request, among 500 rules",
    metrics: { time: { unit: "us" } },
    variants: [
      {
        name: "router",
        open: () =>
          openRemoteSubject<typeof subject>(new URL("./match-subject.js", import.meta.url), {
            matches: quick ? 200_000 : 1_000_000,
          }),
      },
    ],
    goals: [{ variant: "router", metric: "time", of: "value", bound: "atMost", limit: 1 }],
    rounds: quick ? 5 : 21,
    warmUps: 2,
  };
}
