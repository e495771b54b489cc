// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { RunnableMethod } from "./method.ts";
import { newOperationName } from "./names.ts";
import { toOperation } from "./operation-message.ts";
import type { NewOperation, OperationClaim, OperationRecord, OperationStore } from "./store.ts";
import type { Worker } from "./worker.ts";

interface StarterOptions {
  readonly store: OperationStore;
  readonly worker: Worker;
  readonly keeper: LeaseKeeper;
  readonly leaseMs: number;
}

/** Stores a new operation and answers with it. */
export type Starter = (method: RunnableMethod, request: Message) => Promise<Operation>;

/**
 * A starter that leaves operations to whoever claims them, or, if this process has nothing better to
 * do, stores them claimed: that saves a write, and starts the work at once.
 */
export function createStarter({ store, worker, keeper, leaseMs }: StarterOptions): Starter {
  async function insert(operation: NewOperation): Promise<OperationRecord> {
    if (!worker.reserve()) {
      return await store.insert(operation);
    }
    const stopByMs = keeper.stopByMs();
    let claim: OperationClaim | undefined;
    try {
      const record = await store.insert(operation, leaseMs);
      claim = { ...record, ...firstClaim, ...operation };
      return record;
    } finally {
      worker.land(claim, stopByMs);
    }
  }

  return async ({ key, request: codec, maxLosses, cancelGraceMs }, request) =>
    toOperation(
      await insert({
        name: newOperationName(),
        method: key,
        request: codec.pack(request).value,
        maxLosses,
        cancelGraceMs,
      }),
    );
}

// What `OperationStore.insert` makes of an operation that it stores claimed.
const firstClaim = { attempt: 1, fence: 1, losses: 0, metadata: undefined };
