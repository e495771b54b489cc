// SPDX-License-Identifier: Apache-2.0

import { create, fromBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type Operation, OperationSchema } from "../../../gen/google/longrunning/operations_pb.ts";
import { type Status, StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { errorResult, operationsError } from "../errors.ts";
import type { OperationRecord, PackedMessage } from "../store.ts";
import type { MetadataView } from "./metadata-view.ts";

/** An operation as callers see it. */
export type ToOperation = (record: OperationRecord) => Operation;

interface ToOperationOptions {
  readonly metadataOf: MetadataView;
  domain(): string;
  /** Is told of what is stored and cannot be read. */
  onError(error: unknown, operation: string): void;
}

/** Makes messages of records. One that cannot be read does not take the rest of its page along. */
export function operationMessages({
  metadataOf,
  domain,
  onError,
}: ToOperationOptions): ToOperation {
  function readStatus(status: Uint8Array, name: string): Status {
    try {
      return fromBinary(StatusSchema, status);
    } catch (error) {
      onError(error, name);
      return unreadable(domain());
    }
  }

  return (record) => {
    const { name, state, result } = record;
    const operation = create(OperationSchema);
    operation.name = name;
    operation.done = state === "done";
    const metadata = metadataOf(record);
    if (metadata !== undefined) {
      operation.metadata = toAny(metadata);
    }
    if (result?.kind === "response") {
      operation.result = { case: "response", value: toAny(result.response) };
    } else if (result?.kind === "error") {
      operation.result = { case: "error", value: readStatus(result.status, name) };
    }
    return operation;
  };
}

function unreadable(domain: string): Status {
  const { status } = errorResult(
    operationsError({
      code: Code.Internal,
      message: "the operation failed, but its stored error cannot be read",
      reason: "STORED_RESULT_UNREADABLE",
      domain,
    }),
  );
  return fromBinary(StatusSchema, status);
}

function toAny({ typeUrl, value }: PackedMessage): Any {
  const any = create(AnySchema);
  any.typeUrl = typeUrl;
  any.value = value;
  return any;
}
