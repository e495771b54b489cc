// SPDX-License-Identifier: Apache-2.0

import type { NewOperation, OperationResult } from "../../../src/server/store.ts";

export const method = "acme.v1.Library/Reindex";

export const cancelled: OperationResult = { kind: "error", code: 1, status: Uint8Array.of(1) };

export function newOperation(name: string, init: Partial<NewOperation> = {}): NewOperation {
  const request = new Uint8Array(300);
  return { name, method, request, maxLosses: 5, cancelGraceMs: 1_000, ...init };
}

/** Names in the order in which `namesIn` gives them. */
export function names(count: number, prefix = "operations/"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, "0")}`);
}
