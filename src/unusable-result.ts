// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import type { ErrorReason } from "./error-reason.ts";
import { OperationError } from "./operation-error.ts";

interface UnusableResult {
  /** The type that the response should be of. */
  readonly expected: string;
  /** What it is of instead. */
  readonly typeUrl?: string;
  /** Why it does not parse. */
  readonly cause?: unknown;
}

/** The error of an operation that has ended with nothing to hand on. */
export function unusableResult(
  operation: Operation,
  { expected, typeUrl, cause }: UnusableResult,
): OperationError {
  const [reason, problem]: [ErrorReason, string] =
    typeUrl === undefined
      ? ["RESULT_MISSING", "missing"]
      : cause === undefined
        ? ["RESULT_TYPE_MISMATCH", `"${typeUrl}"`]
        : ["RESULT_MALFORMED", "malformed"];
  const status = create(StatusSchema, {
    code: Code.Internal,
    message: `the response is ${problem}, expected ${expected}`,
    details: [packErrorInfo(reason, { expected, actual: typeUrl })],
  });
  return new OperationError(operation, status, { cause });
}

// By hand, so that pages do not load the types of all error details for a single one.
function packErrorInfo(
  reason: ErrorReason,
  metadata: Readonly<Record<string, string | undefined>>,
): MessageInitShape<typeof AnySchema> {
  const info = new BinaryWriter().tag(1, 2).string(reason).tag(2, 2).string("longrunning");
  for (const [key, value] of Object.entries(metadata)) {
    if (value !== undefined) {
      info.tag(3, 2).fork().tag(1, 2).string(key).tag(2, 2).string(value).join();
    }
  }
  return { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: info.finish() };
}
