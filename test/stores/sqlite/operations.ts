// SPDX-License-Identifier: Apache-2.0

import type {
  InitialState,
  NewOperation,
  OperationRecord,
  OperationResult,
  OperationStore,
} from "../../../src/server/store.ts";

export const method = "acme.v1.Library/Reindex";

export const cancelled: OperationResult = { kind: "error", code: 1, status: Uint8Array.of(1) };

export function newOperation(name: string, init: Partial<NewOperation> = {}): NewOperation {
  return {
    name,
    method,
    owner: "",
    request: new Uint8Array(300),
    maxLosses: 5,
    cancelGraceMs: 1_000,
    retentionMs: 86_400_000,
    ...init,
  };
}

/** Inserts an operation, queued unless said otherwise, which must be stored. */
export async function insert(
  store: OperationStore,
  operation: NewOperation,
  as: InitialState = { kind: "queued" },
): Promise<OperationRecord> {
  const insertion = await store.insert(operation, as);
  if (insertion.kind !== "inserted") {
    throw new Error(`Expected ${operation.name} to be inserted, got ${insertion.kind}`);
  }
  return insertion.record;
}

/** Names in the order in which `namesIn` gives them. */
export function names(count: number, prefix = "operations/"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, "0")}`);
}
