// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { outcomeOf } from "longrunning";
import {
  OperationSchema,
  Operations as OperationsApi,
  WaitOperationRequestSchema,
} from "longrunning/google/longrunning/operations_pb.js";
import { createOperations } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { callInFlight } from "../workload/closed-loop.ts";
import { directOperations, directStart, handlerContext } from "../workload/direct.ts";
import { openStore, type StoreLocation } from "../workload/open-store.ts";

/** A process that has operations, and whether it also runs them. */
export interface CompletionOptions {
  readonly store: StoreLocation;
  readonly works: boolean;
}

/** How many operations are waited for. */
export interface WaitForOptions {
  readonly count: number;
  readonly inFlight: number;
}

// Handlers last long enough for the Wait to be there first, and no multiple of anything.
const handlerMs = () => 10 + Math.random() * 20;

/** Operations that say, in their response, when their handler returned. */
export async function open({ store, works }: CompletionOptions): Promise<{
  /** Milliseconds from each handler's return until the Wait had its answer. */
  waitFor(options: WaitForOptions): Promise<readonly number[]>;
  close(): Promise<void>;
}> {
  const operations = createOperations({ store: await openStore(store) });
  const start = directStart(operations, async () => {
    await sleep(handlerMs());
    return { bytes: process.hrtime.bigint() };
  });
  const { waitOperation } = directOperations(operations);
  if (works) {
    operations.work();
  }

  async function startAndWait(): Promise<number> {
    const name = await start();
    const operation = await waitOperation(
      create(WaitOperationRequestSchema, { name }),
      handlerContext(OperationsApi.method.waitOperation),
    );
    const answeredNs = process.hrtime.bigint();
    const outcome = outcomeOf(
      create(OperationSchema, operation),
      ChecksumServiceOperations.operations.checksumTree,
    );
    if (outcome.kind !== "succeeded") {
      throw new Error(`Expected the operation to have succeeded, it is ${outcome.kind}`);
    }
    // The clock is that of the machine, the same in every process.
    return Number(answeredNs - outcome.response.bytes) / 1e6;
  }

  return {
    async waitFor(options) {
      const delays: number[] = [];
      await callInFlight(options, async () => {
        delays.push(await startAndWait());
      });
      return delays;
    },
    close: () => operations.close(),
  };
}
