// SPDX-License-Identifier: Apache-2.0

import { createOperations } from "longrunning/server";
import type { Sample } from "../harness/benchmark.ts";
import { startMeter } from "../harness/meter.ts";
import { callInFlight } from "../workload/closed-loop.ts";
import { directStart } from "../workload/direct.ts";
import { progress, response } from "../workload/messages.ts";
import { openStore } from "../workload/open-store.ts";
import { openBareDriver } from "./bare-driver.ts";

/** Who inserts, and how much in each round. */
export interface CreatesOptions {
  readonly by: "driver" | "operations";
  readonly path: string;
  readonly count: number;
  readonly inFlight: number;
}

/** Inserts into a file. */
export async function open(options: CreatesOptions): Promise<{
  round(): Promise<Sample>;
  close(): Promise<void>;
}> {
  const { count } = options;
  const inserts = options.by === "driver" ? byDriver(options) : await byOperations(options);
  return {
    async round() {
      const stop = startMeter();
      await inserts.insert();
      const { wallUs, cpuUs } = stop();
      return { rate: (count / wallUs) * 1e6, cpu: cpuUs / count };
    },
    close: inserts.close,
  };
}

interface Inserts {
  insert(): Promise<void>;
  close(): Promise<void>;
}

function byDriver({ path, count, inFlight }: CreatesOptions): Inserts {
  const driver = openBareDriver(path);
  return {
    insert: async () => driver.insert(count, inFlight),
    close: async () => driver.close(),
  };
}

const concurrency = 16;
const reportIntervalMs = 100;

async function byOperations({ path, count, inFlight }: CreatesOptions): Promise<Inserts> {
  const store = await openStore({ kind: "sqlite", path });
  const operations = createOperations({ store, concurrency });
  // Every slot is taken for good, so that what is created only queues.
  const start = directStart(operations, async (_request, operation) => {
    const { signal } = operation;
    for (let filesDone = 0; !signal.aborted; filesDone++) {
      operation.report(progress(filesDone));
      await new Promise((resolve) => setTimeout(resolve, reportIntervalMs));
    }
    return response;
  });
  operations.work();
  await callInFlight({ count: concurrency, inFlight: concurrency }, start);
  return {
    insert: () => callInFlight({ count, inFlight }, start),
    close: () => operations.close({ drainMs: 0 }),
  };
}
