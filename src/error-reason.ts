// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";

/**
 * Every `reason` of an ErrorInfo that this package makes, and the code that it comes with. What each
 * one means, and what to do about it, stands in `docs/errors.md`.
 *
 * @see AIP-193
 */
// biome-ignore format: a table reads better.
export interface ErrorReasons {
  ACCESS_CHECK_FAILED:         Code.Internal;
  DATABASE_LOCKED:             Code.Unavailable;
  EXTERNAL_TIMED_OUT:          Code.Aborted;
  FILTER_INVALID:              Code.InvalidArgument;
  HANDLER_FAILED:              Code.Internal;
  METADATA_TOO_LARGE:          Code.ResourceExhausted;
  NAME_INVALID:                Code.InvalidArgument;
  NAME_REQUIRED:               Code.InvalidArgument;
  OPERATION_CANCELLED:         Code.Canceled;
  OPERATION_EXCLUDED:          Code.Aborted;
  OPERATION_GONE:              Code.FailedPrecondition;
  OPERATION_NOT_FOUND:         Code.NotFound;
  PAGE_SIZE_INVALID:           Code.InvalidArgument;
  PAGE_TOKEN_INVALID:          Code.InvalidArgument;
  PARENT_INVALID:              Code.InvalidArgument;
  PARTIAL_SUCCESS_UNSUPPORTED: Code.Unimplemented;
  REQUEST_ID_INVALID:          Code.InvalidArgument;
  REQUEST_ID_REUSED:           Code.InvalidArgument;
  REQUEST_TOO_LARGE:           Code.ResourceExhausted;
  RESPONSE_TOO_LARGE:          Code.ResourceExhausted;
  RESULT_MALFORMED:            Code.Internal;
  RESULT_MISSING:              Code.Internal;
  RESULT_TYPE_MISMATCH:        Code.Internal;
  SHUTTING_DOWN:               Code.Unavailable;
  START_DENIED:                Code.PermissionDenied;
  START_FAILED:                Code.Internal;
  STORED_REQUEST_UNREADABLE:   Code.FailedPrecondition;
  STORED_RESULT_UNREADABLE:    Code.Internal;
  STORE_FAILED:                Code.Internal;
  TIMEOUT_INVALID:             Code.InvalidArgument;
  TOO_MANY_STARTS:             Code.ResourceExhausted;
  TOO_MANY_WAITERS:            Code.ResourceExhausted;
  UNAUTHENTICATED:             Code.Unauthenticated;
  VALIDATE_ONLY_UNSUPPORTED:   Code.Unimplemented;
  WORKER_LOST:                 Code.Aborted;
}

/** What went wrong, for programs: the `reason` of an ErrorInfo. */
export type ErrorReason = keyof ErrorReasons;
