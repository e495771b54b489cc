// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Benchmark, BenchmarkOptions, Sample, Variant } from "../harness/benchmark.ts";

const program = fileURLToPath(new URL("./timed-import.js", import.meta.url));

/** What a program pays for the client when it starts. */
export const clientImport = ({ quick }: BenchmarkOptions): Benchmark => ({
  name: "client-import",
  title: "importing a client of one service, in a process of its own",
  metrics: { ms: { unit: "ms", compare: "ratio" }, cpuMs: { unit: "ms", compare: "ratio" } },
  variants: [
    variantOf("connect", { module: "./connect.js" }),
    variantOf("longrunning/client", { module: "./client.js", floor: "connect" }),
  ],
  goals: [
    {
      variant: "longrunning/client",
      metric: "ms",
      of: "comparison",
      bound: "atMost",
      limit: 1.15,
    },
  ],
  rounds: quick ? 20 : 60,
  // The first ones read files that are in no cache yet.
  warmUps: 2,
});

function variantOf(
  name: string,
  { module, ...rest }: { readonly module: string; readonly floor?: string },
): Variant {
  return {
    name,
    ...rest,
    open: async () => ({ round: () => timed(module), close: async () => {} }),
  };
}

async function timed(module: string): Promise<Sample> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, module]);
  return JSON.parse(stdout) as Sample;
}
