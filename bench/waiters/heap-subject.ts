// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import {
  Operations as OperationsApi,
  WaitOperationRequestSchema,
} from "longrunning/google/longrunning/operations_pb.js";
import type { Sample } from "../harness/benchmark.ts";
import { collectGarbage } from "../harness/meter.ts";
import { handlerContext } from "../workload/direct.ts";
import { endable, type Holder } from "./endable.ts";

/** Who holds the calls, and how many there are. */
export interface WaiterHeapOptions {
  readonly holder: Holder;
  readonly count: number;
}

/** Pending calls of WaitOperation, all for one operation. */
export async function open({ holder, count }: WaiterHeapOptions): Promise<{
  round(): Promise<Sample>;
}> {
  const { waitOperation, start, end } = endable(holder);
  return {
    async round() {
      const name = await start();
      // What a server holds for each call, whoever implements it, does not count.
      const calls = Array.from({ length: count }, () => ({
        request: create(WaitOperationRequestSchema, { name }),
        context: handlerContext(OperationsApi.method.waitOperation),
      }));
      const before = await heapBytes();
      const pending = calls.map(({ request, context }) => waitOperation(request, context));
      const after = await heapBytes();
      const startMs = performance.now();
      end();
      const answers = await Promise.all(pending);
      const answeredMs = performance.now() - startMs;
      // Whatever the calls hold must be there until here, or it would count as freed.
      if (answers.filter(({ done }) => done).length < calls.length) {
        throw new Error("A Wait was answered before the end");
      }
      return { heap: (after - before) / count, answered: answeredMs };
    },
  };
}

// What is on its way to being garbage gets the time to become it.
async function heapBytes(): Promise<number> {
  await sleep(50);
  collectGarbage();
  await sleep(50);
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
