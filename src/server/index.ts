// SPDX-License-Identifier: Apache-2.0

export type {
  OperationContext,
  OperationHandler,
  OperationHandlers,
  OperationMethod,
  OperationServiceImpl,
} from "./handlers.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory-store.ts";
export { createOperations, type Operations } from "./operations.ts";
export type { ErrorContext, OperationsOptions } from "./options.ts";
export type {
  ClaimQuery,
  Lease,
  LeasedWrite,
  ListPage,
  ListPosition,
  ListQuery,
  NewOperation,
  OperationChange,
  OperationClaim,
  OperationRecord,
  OperationResult,
  OperationState,
  OperationStore,
  OverdueOperation,
  OverdueOperations,
  PackedMessage,
  RenewedLease,
} from "./store.ts";
