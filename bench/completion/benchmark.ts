// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote, type Remote } from "../harness/remote.ts";
import { quantile } from "../harness/statistics.ts";
import type * as subject from "./subject.ts";
import type { CompletionOptions, WaitForOptions } from "./subject.ts";

/** How long an answer to WaitOperation is under way once the handler has returned. */
export function completion({ quick, directory }: BenchmarkOptions): Benchmark {
  const load = { count: quick ? 100 : 400, inFlight: 4 };
  const file = (name: string) => ({ kind: "sqlite", path: join(directory, name) }) as const;
  const variant = (name: string, processes: readonly CompletionOptions[]): Variant => ({
    name,
    open: () => openSubject(processes, load),
  });
  const shared = file("completion-shared.db");
  return {
    name: "completion",
    title: "from a handler's return to the answer of a Wait without a protocol; 4 in flight",
    metrics: { p50: { unit: "ms" }, p99: { unit: "ms" } },
    variants: [
      variant("memory", [{ store: { kind: "memory" }, works: true }]),
      variant("sqlite", [{ store: file("completion.db"), works: true }]),
      variant("sqlite, two processes", [
        { store: shared, works: false },
        { store: shared, works: true },
      ]),
    ],
    goals: [
      { variant: "memory", metric: "p50", of: "value", bound: "atMost", limit: 3 },
      { variant: "sqlite", metric: "p50", of: "value", bound: "atMost", limit: 3 },
      { variant: "sqlite, two processes", metric: "p50", of: "value", bound: "atMost", limit: 10 },
      { variant: "sqlite, two processes", metric: "p99", of: "value", bound: "atMost", limit: 50 },
    ],
    rounds: quick ? 3 : 9,
    warmUps: 1,
  };
}

// The first process starts operations and waits; the others may run them.
async function openSubject(
  processes: readonly CompletionOptions[],
  load: WaitForOptions,
): Promise<Subject> {
  const remotes: Remote<Awaited<ReturnType<typeof subject.open>>>[] = [];
  for (const options of processes) {
    remotes.push(
      await openRemote<typeof subject>(new URL("./subject.js", import.meta.url), options),
    );
  }
  return {
    async round() {
      const delays = (await remotes[0]?.call("waitFor", load)) ?? [];
      return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
    },
    async close() {
      for (const remote of remotes) {
        await remote.close();
      }
    },
  };
}
