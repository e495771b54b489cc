// SPDX-License-Identifier: Apache-2.0

import { createOperations } from "longrunning/server";
import type { Sample } from "../harness/benchmark.ts";
import { startMeter } from "../harness/meter.ts";
import { closedLoop } from "../workload/closed-loop.ts";
import { directStart } from "../workload/direct.ts";
import { openStore, type StoreLocation } from "../workload/open-store.ts";
import { startInMap } from "./map-floor.ts";
import { reportFiveTimes } from "./work.ts";

/** What runs, and how much of it in each round. */
export interface LifecycleOptions {
  readonly keptIn: StoreLocation | { readonly kind: "map" };
  readonly count: number;
  readonly inFlight: number;
}

/** Lifecycles of operations, in this process. */
export async function open(options: LifecycleOptions): Promise<{
  round(): Promise<Sample>;
}> {
  return { round: () => round(options) };
}

// In memory, every round begins with nothing kept: what is garbage by then costs it nothing.
async function round({ keptIn, count, inFlight }: LifecycleOptions): Promise<Sample> {
  if (keptIn.kind === "map") {
    const loop = closedLoop({ count, inFlight }, () => void start());
    const start = startInMap(reportFiveTimes, loop.ended);
    return await measure(loop, count);
  }
  const store = await openStore(keptIn);
  await using operations = createOperations({ store, concurrency: inFlight });
  const loop = closedLoop({ count, inFlight }, () => void start());
  const start = directStart(operations, (_request, operation) => reportFiveTimes(operation));
  store.subscribe((changes) => {
    for (const { state } of changes) {
      if (state === "done") {
        loop.ended();
      }
    }
  });
  operations.work();
  return await measure(loop, count);
}

async function measure(loop: ReturnType<typeof closedLoop>, count: number): Promise<Sample> {
  const stop = startMeter();
  loop.start();
  await loop.finished;
  const { cpuUs, wallUs } = stop();
  return { cpu: cpuUs / count, rate: (count / wallUs) * 1e6 };
}
