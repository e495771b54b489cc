// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { protocols } from "../get-operation/protocols.ts";
import type { Benchmark, BenchmarkOptions, Subject, Variant } from "../harness/benchmark.ts";
import { openRemote } from "../harness/remote.ts";
import { quantile } from "../harness/statistics.ts";
import { steadyLoad } from "./steady-load.ts";
import type * as subject from "./subject.ts";

const perSecond = 200;
// How often it is asked how far the expiry has come.
const askMs = 250;

/** What a caller of GetOperation notices of operations that expire. */
export function expiry({ quick, directory }: BenchmarkOptions): Benchmark {
  const count = quick ? 100_000 : 1_000_000;
  const expiring = quick ? 10_000 : 100_000;
  const quietMs = quick ? 5_000 : 30_000;
  const variant = (name: string, load: Load): Pick<Variant, "name" | "open"> => ({
    name,
    open: () => openSubject({ path: join(directory, `${name}.db`), count }, load),
  });
  return {
    name: "expiry",
    title: `GetOperation, ${perSecond} each second, while ${expiring} of ${count} operations expire`,
    metrics: {
      p50: { unit: "ms", compare: "ratio" },
      p99: { unit: "ms", compare: "ratio" },
      removed: { unit: "per s" },
    },
    variants: [
      variant("quiet", { expiring: 0, leastMs: quietMs }),
      { ...variant("expiring", { expiring, leastMs: 0 }), floor: "quiet" },
    ],
    goals: [{ variant: "expiring", metric: "p99", of: "comparison", bound: "atMost", limit: 2 }],
    rounds: quick ? 3 : 5,
    warmUps: 1,
  };
}

interface Load {
  /** How many operations expire in a round. It ends when they are gone, … */
  readonly expiring: number;
  /** … and not before this. */
  readonly leastMs: number;
}

// The load comes from this process, as that of callers comes from others.
async function openSubject(
  options: { readonly path: string; readonly count: number },
  { expiring, leastMs }: Load,
): Promise<Subject> {
  const remote = await openRemote<typeof subject>(
    new URL("./subject.js", import.meta.url),
    options,
  );
  const { port, names } = await remote.call("served");
  const protocol = protocols.find(({ name }) => name === "connect-proto");
  if (protocol === undefined) {
    throw new Error("There is no such protocol");
  }
  const client = createClient(OperationsApi, protocol.transport(`http://127.0.0.1:${port}`));
  return {
    async round() {
      await remote.call("expire", expiring);
      const startMs = performance.now();
      let removed = 0;
      let called = 0;
      const watch = setInterval(async () => {
        removed = await remote.call("removed");
      }, askMs);
      const tookMs = await steadyLoad(
        {
          perSecond,
          until: () => removed >= expiring && performance.now() - startMs >= leastMs,
        },
        () => client.getOperation({ name: names[called++ % names.length] ?? "" }),
      );
      clearInterval(watch);
      return {
        p50: quantile(tookMs, 0.5),
        p99: quantile(tookMs, 0.99),
        removed: (removed / (performance.now() - startMs)) * 1_000,
      };
    },
    close: remote.close,
  };
}
