// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote } from "../harness/remote.ts";
import type * as serverSubject from "../waiters/server-subject.ts";
import type * as heapSubject from "./heap-subject.ts";
import type { Waiting } from "./heap-subject.ts";

const connections = 4;

/** How much memory a handle takes while it waits. */
export function clientHeap({ quick }: BenchmarkOptions): Benchmark {
  const count = quick ? 2_000 : 10_000;
  const variant = (protocol: "grpc" | "connect", waiting: Waiting): Variant => ({
    name: `${protocol}, ${waiting}`,
    ...(waiting !== "bare calls" && { floor: `${protocol}, bare calls` }),
    open: () => openSubject({ protocol, waiting, count, connections }),
  });
  return {
    name: "client-heap",
    title: `${count} operations waited for over ${connections} connections; against bare calls`,
    metrics: { heap: { unit: "bytes each", compare: "difference" } },
    variants: [
      variant("grpc", "bare calls"),
      variant("grpc", "calls"),
      variant("grpc", "handles"),
      variant("connect", "bare calls"),
      variant("connect", "calls"),
      variant("connect", "handles"),
    ],
    goals: ["grpc", "connect"].map((protocol) => ({
      variant: `${protocol}, handles`,
      metric: "heap",
      of: "comparison",
      bound: "atMost",
      limit: 4_096,
    })),
    rounds: quick ? 2 : 5,
    warmUps: 1,
  };
}

async function openSubject(options: Omit<heapSubject.WaitingOptions, "port">): Promise<Subject> {
  // It answers every call when it is told to.
  const server = await openRemote<typeof serverSubject>(
    new URL("../waiters/server-subject.js", import.meta.url),
    { holder: "promise" },
  );
  const client = await openRemote<typeof heapSubject>(
    new URL("./heap-subject.js", import.meta.url),
    {
      ...options,
      port: await server.call("port"),
    },
  );
  return {
    async round() {
      await server.call("start");
      await client.call("begin");
      while ((await server.call("waiting")) < options.count) {
        await sleep(20);
      }
      const heap = await client.call("heap");
      await server.call("end");
      await client.call("finish");
      return { heap };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
