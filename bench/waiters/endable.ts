// SPDX-License-Identifier: Apache-2.0

import type { ServiceImpl } from "@connectrpc/connect";
import type { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { createOperations, memoryStore } from "longrunning/server";
import { directOperations, directStart } from "../workload/direct.ts";
import { finishedOperation, progress, response } from "../workload/messages.ts";

/** Who holds the calls that wait: this package, or a promise and nothing else. */
export type Holder = "operations" | "promise";

/** An implementation of WaitOperation, and an operation that ends when it is told to. */
export interface Endable {
  readonly waitOperation: ServiceImpl<typeof OperationsApi>["waitOperation"];
  /** Starts an operation, and answers with its name. */
  start(): Promise<string>;
  /** Ends the operation that was started last. */
  end(): void;
}

/** Operations in memory, since what is measured is the waiting; or the floor, which keeps nothing. */
export function endable(holder: Holder): Endable {
  return holder === "operations" ? heldByOperations() : heldByPromise();
}

function heldByPromise(): Endable {
  const operation = finishedOperation(`operations/${"a".repeat(26)}`);
  let signal = endSignal();
  return {
    async waitOperation() {
      await signal.ended;
      return operation;
    },
    async start() {
      signal = endSignal();
      return operation.name;
    },
    end: () => signal.end(),
  };
}

const tenMinutesMs = 600_000;

function heldByOperations(): Endable {
  const operations = createOperations({ store: memoryStore(), maxWaitMs: tenMinutesMs });
  let signal = endSignal();
  const start = directStart(operations, async (_request, operation) => {
    operation.report(progress(4_711));
    await signal.ended;
    return response;
  });
  operations.work();
  return {
    waitOperation: directOperations(operations).waitOperation,
    async start() {
      signal = endSignal();
      return await start();
    },
    end: () => signal.end(),
  };
}

interface EndSignal {
  readonly ended: Promise<void>;
  end(): void;
}

function endSignal(): EndSignal {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end };
}
