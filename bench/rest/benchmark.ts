// SPDX-License-Identifier: Apache-2.0

import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote } from "../harness/remote.ts";
import { callInFlight } from "../workload/closed-loop.ts";
import { type HttpCall, sendCall } from "./http-calls.ts";
import type * as subject from "./subject.ts";
import type { RestServerKind, Served } from "./subject.ts";

/** What it costs a server to answer a GET of an operation over REST. */
export function rest({ quick }: BenchmarkOptions): Benchmark {
  const load = { count: quick ? 1_000 : 5_000, inFlight: 64 };
  const variant = (kind: RestServerKind): Pick<Variant, "name" | "open"> => ({
    name: kind,
    open: () => openSubject(kind, load),
  });
  return {
    name: "rest",
    title: "server CPU per GET of a constant operation; 64 in flight; against Connect in JSON",
    metrics: { cpu: { unit: "us", compare: "ratio" } },
    variants: [
      variant("connect"),
      { ...variant("rest"), floor: "connect" },
      { ...variant("node"), floor: "connect" },
    ],
    goals: [{ variant: "rest", metric: "cpu", of: "comparison", bound: "atMost", limit: 0.7 }],
    rounds: quick ? 6 : 21,
    warmUps: quick ? 2 : 3,
  };
}

function callOf(kind: RestServerKind, { port, name }: Served): HttpCall {
  return kind === "connect"
    ? {
        port,
        method: "POST",
        path: "/google.longrunning.Operations/GetOperation",
        body: JSON.stringify({ name }),
      }
    : { port, method: "GET", path: `/v1/${name}` };
}

// The load comes from this process, and the time is that of the other.
async function openSubject(
  kind: RestServerKind,
  load: { readonly count: number; readonly inFlight: number },
): Promise<Subject> {
  const remote = await openRemote<typeof subject>(new URL("./subject.js", import.meta.url), {
    kind,
  });
  const served = await remote.call("served");
  const call = callOf(kind, served);
  const answer: unknown = JSON.parse(await sendCall(call));
  if ((answer as { name?: unknown }).name !== served.name) {
    throw new Error(`${kind} answers with another operation`);
  }
  return {
    async round() {
      await remote.call("begin");
      await callInFlight(load, () => sendCall(call));
      const { cpuUs } = await remote.call("end");
      return { cpu: cpuUs / load.count };
    },
    close: remote.close,
  };
}
