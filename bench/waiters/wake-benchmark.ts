// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote } from "../harness/remote.ts";
import type * as clientSubject from "./client-subject.ts";
import type { Holder } from "./endable.ts";
import type * as serverSubject from "./server-subject.ts";

const connections = 4;

/** What happens to the event loop when many waiters are answered. */
export function waiterWake({ quick }: BenchmarkOptions): Benchmark {
  const count = quick ? 2_000 : 10_000;
  const variant = (holder: Holder): Variant => ({
    name: holder,
    open: () => openSubject(holder, count),
  });
  return {
    name: "waiter-wake",
    title: `${count} pending Waits over ${connections} gRPC connections, answered`,
    metrics: {
      blocked: { unit: "ms, longest" },
      answered: { unit: "ms, all" },
    },
    variants: [variant("promise"), variant("operations")],
    goals: [{ variant: "operations", metric: "blocked", of: "value", bound: "atMost", limit: 50 }],
    rounds: quick ? 2 : 5,
    warmUps: 1,
  };
}

async function openSubject(holder: Holder, count: number): Promise<Subject> {
  const server = await openRemote<typeof serverSubject>(
    new URL("./server-subject.js", import.meta.url),
    { holder },
  );
  const client = await openRemote<typeof clientSubject>(
    new URL("./client-subject.js", import.meta.url),
    { port: await server.call("port"), connections },
  );
  return {
    async round() {
      const name = await server.call("start");
      await client.call("begin", { name, count });
      while ((await server.call("waiting")) < count) {
        await sleep(20);
      }
      const endedMs = await server.call("end");
      const answeredMs = await client.call("answeredMs");
      return { blocked: await server.call("blockedMs"), answered: answeredMs - endedMs };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
