// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import type { Access } from "./access.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { RunnableMethod } from "./method.ts";
import { newOperationName } from "./names.ts";
import { toOperation } from "./operation-message.ts";
import type {
  Insertion,
  NewOperation,
  OperationClaim,
  OperationRecord,
  OperationStore,
} from "./store.ts";
import type { Worker } from "./worker.ts";

interface StarterOptions {
  readonly store: OperationStore;
  readonly worker: Worker;
  readonly keeper: LeaseKeeper;
  readonly access: Access;
  readonly leaseMs: number;
}

/** Stores a new operation and answers with it. */
export type Starter = (
  method: RunnableMethod,
  request: Message,
  context: HandlerContext,
) => Promise<Operation>;

/**
 * A starter that leaves operations to whoever claims them, or, if this process has nothing better to
 * do, stores them claimed: that saves a write, and starts the work at once.
 */
export function createStarter({ store, worker, keeper, access, leaseMs }: StarterOptions): Starter {
  async function insert(operation: NewOperation): Promise<OperationRecord> {
    if (!worker.reserve()) {
      return inserted(await store.insert(operation, { kind: "queued" }));
    }
    const stopByMs = keeper.stopByMs();
    let claim: OperationClaim | undefined;
    try {
      const record = inserted(await store.insert(operation, { kind: "claimed", leaseMs }));
      claim = { ...record, ...firstClaim, ...operation };
      return record;
    } finally {
      worker.land(claim, stopByMs);
    }
  }

  return async (method, request, context) =>
    toOperation(
      await insert({
        name: newOperationName(),
        method: method.key,
        owner: await access.caller(context),
        request: method.request.pack(request).value,
        maxLosses: method.maxLosses,
        cancelGraceMs: method.cancelGraceMs,
        retentionMs: method.retentionMs,
      }),
    );
}

function inserted(insertion: Insertion): OperationRecord {
  if (insertion.kind !== "inserted") {
    throw new Error(`An operation without keys is ${insertion.kind}`);
  }
  return insertion.record;
}

// What `OperationStore.insert` makes of an operation that it stores claimed.
const firstClaim = { attempt: 1, fence: 1, losses: 0, metadata: undefined };
