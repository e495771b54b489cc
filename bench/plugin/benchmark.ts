// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { protocGenEs, protocGenLongrunning, runGenerator } from "./generator.ts";
import { type Protos, writeRequest } from "./request.ts";

const ours = "protoc-gen-longrunning";
const theirs = "protoc-gen-es";

const metrics: Benchmark["metrics"] = {
  ms: { unit: "ms", compare: "ratio" },
  cpuMs: { unit: "ms", compare: "ratio" },
  peakMB: { unit: "MB", compare: "ratio" },
};

const noSlower = {
  variant: ours,
  metric: "ms",
  of: "comparison",
  bound: "atMost",
  limit: 1,
} as const;

/** Both generators on the same request, as whole processes. */
export const plugin: readonly ((options: BenchmarkOptions) => Benchmark)[] = [
  ({ quick, directory }) => ({
    name: "plugin-start",
    title: "the generator for one service, where starting it is most of the work",
    metrics,
    variants: variantsOf("checksum", directory),
    goals: [noSlower],
    rounds: quick ? 5 : 20,
    warmUps: 1,
  }),
  ({ quick, directory }) => ({
    name: "plugin",
    title: "the generator for every tenth of Google's Cloud APIs",
    metrics,
    variants: variantsOf("tenth", directory),
    goals: [noSlower],
    rounds: quick ? 3 : 10,
    warmUps: 1,
  }),
  ({ quick, directory }) => ({
    name: "plugin-corpus",
    title: "the generator for all of Google's published APIs",
    metrics,
    // protoc-gen-es takes minutes for that.
    variants: variantsOf("corpus", directory).filter(({ floor }) => !quick || floor !== undefined),
    goals: [
      { variant: ours, metric: "peakMB", of: "value", bound: "atMost", limit: 1500 },
      ...(quick ? [] : [noSlower]),
    ],
    rounds: quick ? 3 : 1,
    warmUps: 0,
  }),
];

function variantsOf(protos: Protos, directory: string): readonly Variant[] {
  const request = join(directory, `${protos}.binpb`);
  let written: Promise<void> | undefined;

  async function open(program: string): Promise<Subject> {
    written ??= writeRequest(protos, request);
    await written;
    return { round: () => runGenerator(program, request), close: async () => {} };
  }

  return [
    { name: theirs, open: () => open(protocGenEs) },
    { name: ours, floor: theirs, open: () => open(protocGenLongrunning) },
  ];
}
