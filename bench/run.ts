// SPDX-License-Identifier: Apache-2.0

// node dist/bench/run.js [names] [--quick] [--json FILE]

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clientCompletion, clientCompletionLong } from "./client/completion-benchmark.ts";
import { clientHeap } from "./client/heap-benchmark.ts";
import { clientOvershoot } from "./client/overshoot-benchmark.ts";
import { completion } from "./completion/benchmark.ts";
import { creates } from "./creates/benchmark.ts";
import { expiry } from "./expiry/benchmark.ts";
import { getOperation } from "./get-operation/benchmark.ts";
import type { Benchmark, BenchmarkOptions } from "./harness/benchmark.ts";
import { type BenchmarkResult, runBenchmark } from "./harness/rounds.ts";
import { tableOf } from "./harness/table.ts";
import { clientImport } from "./import/benchmark.ts";
import { lifecycle } from "./lifecycle/benchmark.ts";
import { reading } from "./list/benchmark.ts";
import { plugin } from "./plugin/benchmark.ts";
import { lint } from "./plugin/lint-benchmark.ts";
import { rest } from "./rest/benchmark.ts";
import { restMatch } from "./rest/match-benchmark.ts";
import { waiterHeap } from "./waiters/heap-benchmark.ts";
import { waiterWake } from "./waiters/wake-benchmark.ts";

const makers: readonly ((options: BenchmarkOptions) => Benchmark)[] = [
  lifecycle,
  ...getOperation,
  rest,
  restMatch,
  creates,
  ...reading,
  expiry,
  completion,
  waiterHeap,
  waiterWake,
  clientCompletion,
  clientCompletionLong,
  clientOvershoot,
  clientHeap,
  clientImport,
  ...plugin,
  lint,
];

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});

// Files should be on a real disk: on one in memory, syncing costs nothing.
const directory = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "longrunning-bench-"));
try {
  const benchmarks = makers.map((make) => make({ quick: flags.quick, directory }));
  const results: BenchmarkResult[] = [];
  for (const benchmark of chosen(benchmarks)) {
    const result = await runBenchmark(benchmark);
    results.push(result);
    console.log(tableOf(result));
  }
  if (flags.json !== undefined) {
    await writeFile(flags.json, `${JSON.stringify(reportOf(results), undefined, 2)}\n`);
  }
  const off = results.some(({ goals }) => goals.some(({ verdict }) => verdict === "off"));
  process.exitCode = off ? 1 : 0;
} finally {
  await rm(directory, { recursive: true });
}

function chosen(benchmarks: readonly Benchmark[]): readonly Benchmark[] {
  const unknown = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) {
    const known = benchmarks.map(({ name }) => name).join(", ");
    throw new Error(`There is no benchmark "${unknown}"; there are ${known}`);
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
}

function reportOf(benchmarks: readonly BenchmarkResult[]): unknown {
  return {
    node: process.version,
    cpus: cpus().map(({ model }) => model),
    quick: flags.quick,
    benchmarks,
  };
}
