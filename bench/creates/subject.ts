// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
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
  readonly directory: string;
  readonly count: number;
  readonly inFlight: number;
}

/** Inserts into files. */
export async function open(options: CreatesOptions): Promise<{
  round(): Promise<Sample>;
}> {
  const { by, directory, count } = options;
  return {
    // Every round has a file of its own: how much is in one changes what the next row costs.
    async round() {
      const scratch = await mkdtemp(join(directory, "creates-"));
      const path = join(scratch, "operations.db");
      const inserts = by === "driver" ? byDriver(path, options) : await byOperations(path, options);
      const stop = startMeter();
      await inserts.insert();
      const { wallUs, cpuUs } = stop();
      await inserts.close();
      await rm(scratch, { recursive: true });
      return { rate: (count / wallUs) * 1e6, cpu: cpuUs / count };
    },
  };
}

interface Inserts {
  insert(): Promise<void>;
  close(): Promise<void>;
}

function byDriver(path: string, { count, inFlight }: CreatesOptions): Inserts {
  const driver = openBareDriver(path);
  return {
    insert: async () => driver.insert(count, inFlight),
    close: async () => driver.close(),
  };
}

const concurrency = 16;
const reportIntervalMs = 100;

async function byOperations(path: string, { count, inFlight }: CreatesOptions): Promise<Inserts> {
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
