// SPDX-License-Identifier: Apache-2.0

import { type ExternalMethod, isRunnable, type RunnableMethod } from "../method.ts";
import type { LeaseKeeper } from "../run/lease-keeper.ts";
import type { Worker } from "../run/worker.ts";
import type {
  Insertion,
  NewOperation,
  OperationClaim,
  OperationResult,
  OperationStore,
} from "../store.ts";

interface InserterOptions {
  readonly store: OperationStore;
  readonly worker: Worker;
  readonly keeper: LeaseKeeper;
  readonly leaseMs: number;
}

interface As {
  readonly method: RunnableMethod | ExternalMethod;
  /** Set if it has ended already. */
  readonly result: OperationResult | undefined;
}

/** Stores a new operation, as what it is. */
export type Inserter = (operation: NewOperation, as: As) => Promise<Insertion>;

// What `OperationStore.insert` makes of an operation that it stores claimed.
const firstClaim = { attempt: 1, fence: 1, losses: 0 };

/**
 * An inserter that leaves operations to whoever claims them, or, if this process has nothing better
 * to do, stores them claimed: that saves a write, and starts the work at once.
 */
export function createInserter({ store, worker, keeper, leaseMs }: InserterOptions): Inserter {
  return async (operation, { method, result }) => {
    if (result !== undefined) {
      return await store.insert(operation, { kind: "done", result });
    }
    if (!isRunnable(method)) {
      return await store.insert(operation, { kind: "external", timeoutMs: method.timeoutMs });
    }
    if (!worker.reserve()) {
      return await store.insert(operation, { kind: "queued" });
    }
    const stopByMs = keeper.stopByMs();
    let claim: OperationClaim | undefined;
    try {
      const insertion = await store.insert(operation, { kind: "claimed", leaseMs });
      if (insertion.kind === "inserted") {
        const { request, maxLosses } = operation;
        claim = { ...insertion.record, ...firstClaim, request, maxLosses };
      }
      return insertion;
    } finally {
      worker.land(claim, stopByMs);
    }
  };
}
