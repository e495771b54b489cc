// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageInitShape, Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorResult, operationsError } from "../errors.ts";
import type { ServedMethod } from "../method.ts";
import type { OperationResult } from "../store.ts";

/** What bounds the results of handlers. */
export interface ResultLimits {
  readonly maxOperationBytes: number;
  /** How large an encoded error Status may be. */
  readonly maxStatusBytes: number;
  /** Error details of other types are left out: no JSON client could be given them. */
  readonly registry: Registry;
  /** Is told of what the caller is not. */
  onError(error: unknown): void;
}

// What an Operation holds beside the bytes of its metadata and its response.
const overheadBytes = 4096;

/**
 * What an operation ends with whose handler has returned.
 *
 * @throws ConnectError if the response is too large, or is no message of the declared type.
 */
export function responseResult(
  response: MessageInitShape<DescMessage> | undefined,
  method: ServedMethod,
  { maxOperationBytes, metadataBytes }: { maxOperationBytes: number; metadataBytes: number },
): OperationResult {
  const packed = method.response.pack(response ?? {});
  const bytes = packed.value.length + metadataBytes + overheadBytes;
  if (bytes > maxOperationBytes) {
    throw responseTooLarge(bytes, maxOperationBytes, method.domain);
  }
  return { kind: "response", response: packed };
}

function responseTooLarge(bytes: number, limit: number, domain: string): ConnectError {
  return operationsError({
    code: Code.ResourceExhausted,
    message: `the operation would have ${bytes} bytes with its response, more than the ${limit} that are allowed`,
    reason: "RESPONSE_TOO_LARGE",
    domain,
    metadata: { bytes: `${bytes}`, maxBytes: `${limit}` },
  });
}

/** What an operation ends with whose handler has thrown, whatever that is. */
export function thrownResult(
  error: unknown,
  domain: string,
  limits: ResultLimits,
): OperationResult {
  const { registry, maxStatusBytes, onError } = limits;
  try {
    if (!(error instanceof ConnectError)) {
      onError(error);
      return handlerFailed(domain);
    }
    const known = error.details.filter((detail) => {
      const typeName = "desc" in detail ? detail.desc.typeName : detail.type;
      return registry.getMessage(typeName) !== undefined;
    });
    if (known.length < error.details.length) {
      onError(new Error("Error details of unregistered types were left out", { cause: error }));
    }
    const result = errorResult(error, known);
    if (result.status.length <= maxStatusBytes) {
      return result;
    }
    onError(new Error(`An error of ${result.status.length} bytes is too large`, { cause: error }));
  } catch (failure) {
    onError(new AggregateError([error, failure], "An error could not be encoded"));
  }
  return handlerFailed(domain);
}

function handlerFailed(domain: string): OperationResult {
  return errorResult(
    operationsError({
      code: Code.Internal,
      message: "the operation failed for an internal reason",
      reason: "HANDLER_FAILED",
      domain,
    }),
  );
}

/** What a cancelled operation ends with. */
export function cancelledResult(domain: string): OperationResult {
  return errorResult(
    operationsError({
      code: Code.Canceled,
      message: "the operation was cancelled",
      reason: "OPERATION_CANCELLED",
      domain,
    }),
  );
}

/** What an operation ends with that has lost one worker too many. */
export function workerLostResult(domain: string): OperationResult {
  return errorResult(
    operationsError({
      code: Code.Aborted,
      message: "the operation was interrupted too often, and is not tried again",
      reason: "WORKER_LOST",
      domain,
    }),
  );
}

/** What an operation ends with that was to be done elsewhere, and was not in time. */
export function externalTimedOutResult(domain: string): OperationResult {
  return errorResult(
    operationsError({
      code: Code.Aborted,
      message: "the operation was not completed in time",
      reason: "EXTERNAL_TIMED_OUT",
      domain,
    }),
  );
}

/** What an operation ends with whose stored request no longer parses. */
export function unreadableRequestResult(domain: string): OperationResult {
  return errorResult(
    operationsError({
      code: Code.FailedPrecondition,
      message: "the stored request cannot be read by this version of the service",
      reason: "STORED_REQUEST_UNREADABLE",
      domain,
    }),
  );
}
