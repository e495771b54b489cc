// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectError } from "@connectrpc/connect";
import { exhausted, invalidField, operationsError } from "../errors.ts";

// Why an operation does not start. None of them tells of a key, or of another operation.

/** The caller is known, and may not do this. */
export function startDenied(domain: string): ConnectError {
  return operationsError({
    code: Code.PermissionDenied,
    message: "the caller may not start this operation",
    reason: "START_DENIED",
    domain,
  });
}

/** The caller has too many calls under way that start operations. */
export function tooManyStarts(domain: string): ConnectError {
  return exhausted("too many operations are being started at once", {
    reason: "TOO_MANY_STARTS",
    domain,
    retryDelayMs: 1_000,
  });
}

/** The parent is not a resource name. */
export function invalidParent(domain: string): ConnectError {
  return invalidField("parent", {
    description: "must be a resource name, for example projects/p, that leaves room for operations",
    reason: "PARENT_INVALID",
    domain,
  });
}

/** The request's id cannot be used. */
export function invalidRequestId(
  field: string,
  { description, domain }: { readonly description: string; readonly domain: string },
): ConnectError {
  return invalidField(field, { description, reason: "REQUEST_ID_INVALID", domain });
}

/** The id stands for an earlier request that asked for something else. */
export function requestIdReused(field: string, domain: string): ConnectError {
  return invalidField(field, {
    description: "was used before, for a request that is not the same; each takes a new one",
    reason: "REQUEST_ID_REUSED",
    domain,
  });
}

/** The request was answered before, and its operation is no more. */
export function operationGone(domain: string): ConnectError {
  return operationsError({
    code: Code.FailedPrecondition,
    message: "the operation that this request has started was deleted, or has expired",
    reason: "OPERATION_GONE",
    domain,
  });
}

/** One like it is still running. */
export function operationExcluded(domain: string): ConnectError {
  return operationsError({
    code: Code.Aborted,
    message: "another operation is under way that excludes this one",
    reason: "OPERATION_EXCLUDED",
    domain,
  });
}

/** The method cannot be asked without doing it. */
export function validateOnlyUnsupported(domain: string): ConnectError {
  return operationsError({
    code: Code.Unimplemented,
    message: "validate_only: this method cannot validate a request without starting an operation",
    reason: "VALIDATE_ONLY_UNSUPPORTED",
    domain,
  });
}

/** The method's own code has failed. */
export function startFailed(domain: string): ConnectError {
  return operationsError({
    code: Code.Internal,
    message: "the operation could not be started, for an internal reason",
    reason: "START_FAILED",
    domain,
  });
}
