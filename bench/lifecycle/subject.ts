// SPDX-License-Identifier: Apache-2.0

import { createOperations, type OperationStore } from "longrunning/server";
import type { Sample } from "../harness/benchmark.ts";
import { startMeter } from "../harness/meter.ts";
import { type ClosedLoop, closedLoop } from "../workload/closed-loop.ts";
import { directStart } from "../workload/direct.ts";
import { openStore, type StoreLocation } from "../workload/open-store.ts";
import { mapFloor } from "./map-floor.ts";
import { type Lives, reportFiveTimes } from "./work.ts";

/** What runs, and how much of it in each round. */
export interface LifecycleOptions {
  readonly keptIn: StoreLocation | { readonly kind: "map" };
  readonly count: number;
  readonly inFlight: number;
}

/** Lifecycles of operations, in this process. */
export async function open({ keptIn, count, inFlight }: LifecycleOptions): Promise<{
  round(): Promise<Sample>;
  close(): Promise<void>;
}> {
  let loop: ClosedLoop | undefined;
  const onEnd = () => loop?.ended();
  // As in a server, one for all: closures that are made again and again are compiled less well.
  const lives =
    keptIn.kind === "map"
      ? mapFloor(reportFiveTimes, onEnd)
      : await livesIn(keptIn, { inFlight, onEnd });
  return {
    async round() {
      loop = closedLoop({ count, inFlight }, () => void lives.start());
      const stop = startMeter();
      loop.start();
      await loop.finished;
      const { cpuUs, wallUs } = stop();
      await lives.forget();
      return { cpu: cpuUs / count, rate: (count / wallUs) * 1e6 };
    },
    close: lives.close,
  };
}

async function livesIn(
  location: StoreLocation,
  { inFlight, onEnd }: { inFlight: number; onEnd: () => void },
): Promise<Lives> {
  const store = await openStore(location);
  const operations = createOperations({ store, concurrency: inFlight });
  const start = directStart(operations, (_request, operation) => reportFiveTimes(operation));
  store.subscribe((changes) => {
    for (const { state, deleted } of changes) {
      if (state === "done" && !deleted) {
        onEnd();
      }
    }
  });
  operations.work();
  return {
    start,
    // A file goes on growing, as files do.
    forget: async () => (location.kind === "memory" ? forgetAll(store) : undefined),
    close: () => operations.close(),
  };
}

async function forgetAll(store: OperationStore): Promise<void> {
  for (;;) {
    const { records } = await store.list({
      limit: 1_000,
      maxBytes: Number.MAX_SAFE_INTEGER,
      maxScanned: 0,
      maxScanMs: 0,
    });
    if (records.length === 0) {
      break;
    }
    for (const { name } of records) {
      await store.delete(name);
    }
  }
  await store.purge(Number.MAX_SAFE_INTEGER);
}
