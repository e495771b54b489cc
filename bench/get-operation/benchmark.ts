// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { equals } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
  OperationSchema,
  Operations as OperationsApi,
} from "longrunning/google/longrunning/operations_pb.js";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote } from "../harness/remote.ts";
import { callInFlight } from "../workload/closed-loop.ts";
import { finishedOperation } from "../workload/messages.ts";
import { type Protocol, protocols } from "./protocols.ts";
import type * as subject from "./subject.ts";
import type { GetOperationOptions } from "./subject.ts";

/** What it costs a server to answer GetOperation: a benchmark for each protocol. */
export const getOperation: readonly ((options: BenchmarkOptions) => Benchmark)[] = protocols.map(
  (protocol) => (options) => benchmarkOf(protocol, options),
);

function benchmarkOf(protocol: Protocol, { quick, directory }: BenchmarkOptions): Benchmark {
  const load = { count: quick ? 400 : 3_000, inFlight: 64 };
  const variant = (server: GetOperationOptions["server"]): Pick<Variant, "name" | "open"> => ({
    name: server.kind,
    open: () => openSubject({ server }, { protocol, ...load }),
  });
  const limit = { metric: "cpu", of: "comparison", bound: "atMost", limit: 1.1 } as const;
  return {
    name: `get-${protocol.name}`,
    title: "server CPU per GetOperation; 64 in flight; against a constant over bare connect-node",
    metrics: { cpu: { unit: "us", compare: "ratio" } },
    variants: [
      variant({ kind: "bare", httpVersion: protocol.httpVersion }),
      { ...variant({ kind: "memory" }), floor: "bare" },
      {
        ...variant({ kind: "sqlite", path: join(directory, `get-${protocol.name}.db`) }),
        floor: "bare",
      },
    ],
    goals: [
      { variant: "memory", ...limit },
      { variant: "sqlite", ...limit },
    ],
    rounds: quick ? 4 : 21,
    warmUps: quick ? 1 : 3,
  };
}

// The load comes from this process, and the time is that of the other.
async function openSubject(
  options: GetOperationOptions,
  { protocol, ...load }: { protocol: Protocol; count: number; inFlight: number },
): Promise<Subject> {
  const remote = await openRemote<typeof subject>(
    new URL("./subject.js", import.meta.url),
    options,
  );
  const { port, name } = await remote.call("served");
  const client = createClient(OperationsApi, protocol.transport(`http://127.0.0.1:${port}`));
  const operation = await client.getOperation({ name });
  if (!equals(OperationSchema, operation, finishedOperation(name))) {
    throw new Error(`${options.server.kind} answers with another operation`);
  }
  return {
    async round() {
      await remote.call("begin");
      await callInFlight(load, () => client.getOperation({ name }));
      const { cpuUs } = await remote.call("end");
      return { cpu: cpuUs / load.count };
    },
    close: remote.close,
  };
}
