// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Benchmark, BenchmarkOptions, Variant } from "../harness/benchmark.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type * as subject from "./subject.ts";
import type { LifecycleOptions } from "./subject.ts";

/** Whole lives of operations, without a protocol and without a Wait. */
export function lifecycle({ quick, directory }: BenchmarkOptions): Benchmark {
  const file = (name: string) => ({ kind: "sqlite", path: join(directory, name) }) as const;
  const variants: readonly (Omit<Variant, "open"> & LifecycleOptions)[] = [
    { name: "map", keptIn: { kind: "map" }, inFlight: 64, count: quick ? 5_000 : 20_000 },
    {
      name: "memory",
      floor: "map",
      keptIn: { kind: "memory" },
      inFlight: 64,
      count: quick ? 5_000 : 20_000,
    },
    { name: "sqlite", keptIn: file("64.db"), inFlight: 64, count: quick ? 2_000 : 5_000 },
    { name: "sqlite, 1 in flight", keptIn: file("1.db"), inFlight: 1, count: quick ? 200 : 1_000 },
  ];
  return {
    name: "lifecycle",
    title: "create, run, five reports, done; 64 in flight; against a Map of packed messages",
    metrics: {
      cpu: { unit: "us", compare: "ratio" },
      rate: { unit: "per s" },
    },
    variants: variants.map(({ keptIn, inFlight, count, ...variant }) => ({
      ...variant,
      open: () =>
        openRemoteSubject<typeof subject>(new URL("./subject.js", import.meta.url), {
          keptIn,
          inFlight,
          count,
        }),
    })),
    goals: [{ variant: "memory", metric: "cpu", of: "comparison", bound: "atMost", limit: 1.3 }],
    rounds: quick ? 5 : 15,
    warmUps: quick ? 4 : 5,
  };
}
