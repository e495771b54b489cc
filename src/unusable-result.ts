// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import type { AnyReading } from "./any.ts";
import type { ErrorReason } from "./error-reason.ts";
import { OperationError } from "./operation-error.ts";

/**
 * The error of an operation that has ended with nothing to hand on, where a response of the type
 * `expected` should be: `actual` is what was read instead, if anything was.
 */
export function unusableResult(
  operation: Operation,
  { expected, actual }: { readonly expected: string; readonly actual?: AnyReading },
): OperationError {
  const typeUrl = actual !== undefined && "typeUrl" in actual ? actual.typeUrl : undefined;
  const cause = actual?.kind === "malformed" ? actual.cause : undefined;
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
): Any {
  const info = new BinaryWriter();
  const write = (field: number, text: string) => info.tag(field, 2).string(text);
  write(1, reason);
  write(2, "longrunning");
  for (const [key, value] of Object.entries(metadata)) {
    if (value !== undefined) {
      info.tag(3, 2).fork();
      write(1, key);
      write(2, value);
      info.join();
    }
  }
  const typeUrl = "type.googleapis.com/google.rpc.ErrorInfo";
  return create(AnySchema, { typeUrl, value: info.finish() });
}
