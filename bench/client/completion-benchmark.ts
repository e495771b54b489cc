// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote, type Remote } from "../harness/remote.ts";
import { type Shared, shared } from "../harness/shared-resource.ts";
import { quantile } from "../harness/statistics.ts";
import type * as completionSubject from "./completion-subject.ts";
import type * as wireServer from "./wire-server.ts";

type Server = Remote<Awaited<ReturnType<typeof wireServer.open>>>;

interface CallerVariant {
  readonly caller: completionSubject.CallerOptions["caller"];
  /** Which of the server's ports is called. Default: the whole of it. */
  readonly port?: keyof wireServer.Ports;
}

/** How soon callers know that an operation of seconds has ended, and what it costs them. */
export const clientCompletion = ({ quick }: BenchmarkOptions): Benchmark =>
  completionOf({ name: "client-completion", seconds: [1, 4], rounds: quick ? 2 : 9, quick });

/** The same of those that take longer, which clients that poll ask about more often. */
export const clientCompletionLong = ({ quick }: BenchmarkOptions): Benchmark =>
  completionOf({ name: "client-completion-long", seconds: [5, 30], rounds: quick ? 1 : 3, quick });

interface Lengths {
  readonly name: string;
  readonly seconds: wireServer.Operations["seconds"];
  readonly rounds: number;
  readonly quick: boolean;
}

function completionOf({ name, seconds, rounds, quick }: Lengths): Benchmark {
  const count = quick ? 100 : 200;
  const server = shared<Server>(() =>
    openRemote<typeof wireServer>(new URL("./wire-server.js", import.meta.url), {
      inFlight: count,
      seconds,
    }),
  );
  const variant = (caller: string, options: CallerVariant): Variant => ({
    name: caller,
    ...(caller !== gax && { floor: gax }),
    open: () => openSubject({ ...options, server, count }),
  });
  return {
    name,
    title: `from a handler's return to the caller's response, loopback; ${count} in flight, ${seconds.join(" to ")} s each`,
    metrics: {
      p50: { unit: "ms", compare: "ratio" },
      p99: { unit: "ms" },
      calls: { unit: "per operation" },
      cpu: { unit: "us per operation", compare: "ratio" },
    },
    variants: [
      variant(gax, { caller: gax }),
      variant("core-lro", { caller: "core-lro" }),
      variant("grpc, by hand", { caller: { protocol: "grpc", by: "hand" } }),
      variant("grpc", { caller: { protocol: "grpc", by: "handles" } }),
      variant("connect", { caller: { protocol: "connect", by: "handles" } }),
      variant("grpc, no Wait", {
        caller: { protocol: "grpc", by: "handles" },
        port: "withoutWait",
      }),
    ],
    goals: ["grpc", "connect"].flatMap((caller) => [
      { variant: caller, metric: "p50", of: "value", bound: "atMost", limit: 5 } as const,
      { variant: caller, metric: "p50", of: "comparison", bound: "atMost", limit: 1 / 50 } as const,
      { variant: caller, metric: "calls", of: "value", bound: "atMost", limit: 1 } as const,
      { variant: caller, metric: "cpu", of: "comparison", bound: "atMost", limit: 0.5 } as const,
    ]),
    rounds,
    warmUps: 1,
  };
}

const gax = "google-gax";

async function openSubject({
  caller,
  port = "whole",
  server,
  count,
}: CallerVariant & { readonly server: Shared<Server>; readonly count: number }): Promise<Subject> {
  const serving = await server.acquire();
  const client = await openRemote<typeof completionSubject>(
    new URL("./completion-subject.js", import.meta.url),
    { caller, port: (await serving.call("ports"))[port] },
  );
  return {
    async round() {
      await serving.call("takeCalls");
      const { delaysMs, cpuUs } = await client.call("call", count);
      return {
        p50: quantile(delaysMs, 0.5),
        p99: quantile(delaysMs, 0.99),
        calls: (await serving.call("takeCalls")) / count,
        cpu: cpuUs / count,
      };
    },
    async close() {
      await client.close();
      await server.release();
    },
  };
}
