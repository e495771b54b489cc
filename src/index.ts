// SPDX-License-Identifier: Apache-2.0

export { type AnyReading, packAny, readAny } from "./any.ts";
export type { Clock } from "./clock.ts";
export { failed, type OperationOutcome, outcomeOf, running, succeeded } from "./operation.ts";
export { OperationError } from "./operation-error.ts";
export { operationRegistry } from "./operation-registry.ts";
export {
  type OperationService,
  type OperationTypes,
  operationService,
} from "./operation-service.ts";
export { principalKey } from "./principal.ts";
export { resolveOperations } from "./resolve-operations.ts";
