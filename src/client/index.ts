// SPDX-License-Identifier: Apache-2.0

export type { PollRetry } from "./calls.ts";
export {
  createOperationClient,
  type OperationClient,
  type OperationClientOptions,
  type OperationStarter,
  type ResumeOptions,
} from "./client.ts";
export { type ListOperationsOptions, listOperations } from "./list-operations.ts";
export type { OperationHandle } from "./operation-handle.ts";
export type { PollingOptions } from "./pace.ts";
export { WaitError } from "./wait-error.ts";
export { type WaitForOperationOptions, waitForOperation } from "./wait-for-operation.ts";
export type { WaitOptions } from "./watch.ts";
