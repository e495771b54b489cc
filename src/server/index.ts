// SPDX-License-Identifier: Apache-2.0

export type {
  Authorize,
  IdentifyPrincipal,
  OperationAccess,
  OperationGrant,
} from "./access.ts";
export type { OperationEvent } from "./events.ts";
export type {
  CancelledOperation,
  ExternalOperationMethod,
  OperationContext,
  OperationHandler,
  OperationHandlers,
  OperationMethod,
  OperationServiceImpl,
  OperationStart,
  StartContext,
} from "./handlers.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory/memory-store.ts";
export { createOperations, type Operations } from "./operations.ts";
export type { ErrorContext, MapErrorContext, OperationsOptions } from "./options.ts";
export type { ExternalOutcome } from "./run/external.ts";
export type {
  Cancellation,
  ClaimQuery,
  EarlierRequest,
  InitialState,
  Insertion,
  Lease,
  LeasedWrite,
  ListFilter,
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
  RequestKey,
  ScannedRecord,
  UnclaimedOperation,
  UnclaimedQuery,
} from "./store.ts";
