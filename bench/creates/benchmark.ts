// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions, Variant } from "../harness/benchmark.ts";
import { openRemoteSubject } from "../harness/remote-subject.ts";
import type * as subject from "./subject.ts";
import type { CreatesOptions } from "./subject.ts";

/** How many operations a second can be stored, durably. */
export function creates({ quick, directory }: BenchmarkOptions): Benchmark {
  const load = { count: quick ? 6_400 : 32_000, inFlight: 64 };
  const variant = (by: CreatesOptions["by"]): Pick<Variant, "name" | "open"> => ({
    name: by,
    open: () =>
      openRemoteSubject<typeof subject>(new URL("./subject.js", import.meta.url), {
        by,
        directory,
        ...load,
      }),
  });
  return {
    name: "creates",
    title:
      "creates on SQLite FULL, 64 in flight, all slots busy; against bare inserts, 64 each commit",
    metrics: {
      rate: { unit: "per s", compare: "ratio" },
      cpu: { unit: "us", compare: "ratio" },
    },
    variants: [variant("driver"), { ...variant("operations"), floor: "driver" }],
    goals: [
      { variant: "operations", metric: "rate", of: "comparison", bound: "atLeast", limit: 0.35 },
    ],
    rounds: quick ? 4 : 15,
    warmUps: quick ? 2 : 3,
  };
}
