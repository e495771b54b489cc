// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions, Variant } from "../harness/benchmark.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type { Holder } from "./endable.ts";
import type * as subject from "./heap-subject.ts";

/** How much memory a waiter takes. */
export function waiterHeap({ quick }: BenchmarkOptions): Benchmark {
  const variant = (holder: Holder): Pick<Variant, "name" | "open"> => ({
    name: holder,
    open: () =>
      openRemoteSubject<typeof subject>(new URL("./heap-subject.js", import.meta.url), {
        holder,
        count: 10_000,
      }),
  });
  return {
    name: "waiter-heap",
    title: "10 000 pending Waits on one operation, without a protocol; against a held promise",
    metrics: {
      heap: { unit: "bytes each", compare: "difference" },
      answered: { unit: "ms, all" },
    },
    variants: [variant("promise"), { ...variant("operations"), floor: "promise" }],
    goals: [
      { variant: "operations", metric: "heap", of: "comparison", bound: "atMost", limit: 1_500 },
    ],
    rounds: quick ? 3 : 9,
    warmUps: 1,
  };
}
