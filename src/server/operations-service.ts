// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { durationMs, EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import {
  type ListOperationsRequest,
  ListOperationsResponseSchema,
  type Operation,
  type Operations,
} from "../../gen/google/longrunning/operations_pb.ts";
import { cancelledResult } from "./ending.ts";
import { exhausted, invalidField, notFound, operationsError } from "./errors.ts";
import { isOperationName, maxNameLength, parentOf } from "./names.ts";
import { type OpaqueErrorsOptions, withOpaqueErrors } from "./opaque-errors.ts";
import { toOperation } from "./operation-message.ts";
import type { PageTokens } from "./page-token.ts";
import type { OperationRecord, OperationStore } from "./store.ts";
import type { Waiters } from "./waiters.ts";

interface OperationsServiceOptions extends OpaqueErrorsOptions {
  readonly store: OperationStore;
  readonly waiters: Waiters;
  readonly tokens: PageTokens;
  readonly maxWaitMs: number;
  readonly maxWaiters: number;
}

const defaultPageSize = 50;
const maxPageSize = 1000;
const maxPageBytes = 3 * 1024 * 1024;

/** The five methods of `google.longrunning.Operations`, over a store. */
export function operationsService(
  options: OperationsServiceOptions,
): ServiceImpl<typeof Operations> {
  const { store, waiters, tokens, maxWaitMs, maxWaiters, domain } = options;

  function answer<T>(call: () => Promise<T>): Promise<T> {
    return withOpaqueErrors(call, options);
  }

  function invalid(field: string, reason: string, description: string) {
    return invalidField(field, { reason, description, domain: domain() });
  }

  function unimplemented(reason: string, message: string) {
    return operationsError({ code: Code.Unimplemented, message, reason, domain: domain() });
  }

  function checkName(name: string): void {
    if (name === "") {
      throw invalid("name", "NAME_REQUIRED", "required, for example operations/abc");
    }
    if (!isOperationName(name)) {
      throw invalid(
        "name",
        "NAME_INVALID",
        `must be the name of an operation, operations/<id>, of at most ${maxNameLength} characters`,
      );
    }
  }

  function found(name: string, record: OperationRecord | undefined): Operation {
    if (record === undefined) {
      throw notFound(name, domain());
    }
    return toOperation(record);
  }

  return {
    getOperation: ({ name }) =>
      answer(async () => {
        checkName(name);
        return found(name, await store.read(name));
      }),

    listOperations: (request) =>
      answer(async () => {
        const parent = parentOf(request.name);
        if (parent === undefined) {
          throw invalid(
            "name",
            "NAME_INVALID",
            "must be a parent, its operations, or empty for all",
          );
        }
        checkSupported(request);
        if (request.pageSize < 0) {
          throw invalid("page_size", "PAGE_SIZE_INVALID", "must not be negative; 0 is the default");
        }
        const after =
          request.pageToken === "" ? undefined : await tokens.read(request.pageToken, parent);
        if (request.pageToken !== "" && after === undefined) {
          throw invalid(
            "page_token",
            "PAGE_TOKEN_INVALID",
            "is not one of this list, or is too old; begin again without one",
          );
        }
        // No operation stands under a resource yet.
        if (parent !== "") {
          return create(ListOperationsResponseSchema);
        }
        const { records, next } = await store.list({
          limit: Math.min(request.pageSize || defaultPageSize, maxPageSize),
          maxBytes: maxPageBytes,
          maxScanned: 10_000,
          maxScanMs: 50,
          after,
        });
        return create(ListOperationsResponseSchema, {
          operations: records.map(toOperation),
          nextPageToken: next === undefined ? "" : await tokens.write(next, parent),
        });
      }),

    deleteOperation: ({ name }) =>
      answer(async () => {
        checkName(name);
        if (!(await store.delete(name))) {
          throw notFound(name, domain());
        }
        return create(EmptySchema);
      }),

    cancelOperation: ({ name }) =>
      answer(async () => {
        checkName(name);
        if ((await store.cancel(name, cancelledResult(domain()))) === "absent") {
          throw notFound(name, domain());
        }
        return create(EmptySchema);
      }),

    waitOperation: ({ name, timeout }, context) =>
      answer(async () => {
        checkName(name);
        if (timeout !== undefined && durationMs(timeout) < 0) {
          throw invalid("timeout", "TIMEOUT_INVALID", "must not be negative");
        }
        if (waiters.size >= maxWaiters) {
          throw exhausted("too many calls of WaitOperation are pending", {
            reason: "TOO_MANY_WAITERS",
            domain: domain(),
            retryDelayMs: 1_000,
          });
        }
        const timeoutMs = Math.min(waitMs(timeout, context), maxWaitMs);
        return found(name, await waiters.wait(name, { timeoutMs, signal: context.signal }));
      }),
  };

  function checkSupported({ filter, returnPartialSuccess }: ListOperationsRequest): void {
    if (filter !== "") {
      throw unimplemented("FILTER_UNSUPPORTED", "filter: this service does not filter operations");
    }
    if (returnPartialSuccess) {
      throw unimplemented(
        "PARTIAL_SUCCESS_UNSUPPORTED",
        "return_partial_success: this service has no parts that could be unreachable",
      );
    }
  }
}

// The answer has to be under way before the caller's deadline.
function waitMs(timeout: Duration | undefined, context: HandlerContext): number {
  const asked = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout);
  const left = context.timeoutMs() ?? Number.POSITIVE_INFINITY;
  const margin = Math.min(Math.max(50, left / 10), 1_000, left / 2);
  return Math.min(asked, left === Number.POSITIVE_INFINITY ? left : left - margin);
}
