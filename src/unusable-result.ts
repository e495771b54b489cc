// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { packAny } from "./any.ts";
import { OperationError } from "./operation-error.ts";

interface Unusable {
  readonly reason: "RESULT_MALFORMED" | "RESULT_MISSING" | "RESULT_TYPE_MISMATCH";
  /** The type that the method declares. */
  readonly expected: string;
  /** The type URL of what came instead, if anything did. */
  readonly actual?: string;
  readonly cause?: unknown;
}

/** The error of an operation that has ended, with nothing that could be handed on. */
export function unusableResult(operation: Operation, unusable: Unusable): OperationError {
  const { reason, expected, actual, cause } = unusable;
  const metadata = { expected, ...(actual !== undefined && { actual }) };
  const status = create(StatusSchema, {
    code: Code.Internal,
    message: messageOf(unusable),
    details: [packAny(ErrorInfoSchema, { reason, domain: "longrunning", metadata })],
  });
  return new OperationError(operation, status, cause === undefined ? undefined : { cause });
}

function messageOf({ reason, expected, actual }: Unusable): string {
  switch (reason) {
    case "RESULT_MALFORMED":
      return `the response is not a valid ${expected}`;
    case "RESULT_MISSING":
      return `the operation is done and has no response, expected ${expected}`;
    case "RESULT_TYPE_MISMATCH":
      return `the response is "${actual}", expected ${expected}`;
  }
}
