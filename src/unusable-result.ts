// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Operation } from "../gen/google/longrunning/operations_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
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
  const status = create(StatusSchema, {
    code: Code.Internal,
    message: messageOf(unusable),
    details: [packErrorInfo(unusable)],
  });
  const { cause } = unusable;
  return new OperationError(operation, status, cause === undefined ? undefined : { cause });
}

// By hand, so that pages do not load the types of all error details for a single one.
function packErrorInfo({ reason, expected, actual }: Unusable): Any {
  const info = new BinaryWriter().tag(1, 2).string(reason).tag(2, 2).string("longrunning");
  for (const [key, value] of Object.entries({ expected, actual })) {
    if (value !== undefined) {
      info.tag(3, 2).fork().tag(1, 2).string(key).tag(2, 2).string(value).join();
    }
  }
  return create(AnySchema, {
    typeUrl: "type.googleapis.com/google.rpc.ErrorInfo",
    value: info.finish(),
  });
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
