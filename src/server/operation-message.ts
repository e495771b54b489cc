// SPDX-License-Identifier: Apache-2.0

import { create, fromBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { type Operation, OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import type { OperationRecord, PackedMessage } from "./store.ts";

/** An operation as callers see it. */
export function toOperation({ name, state, metadata, result }: OperationRecord): Operation {
  const operation = create(OperationSchema);
  operation.name = name;
  operation.done = state === "done";
  if (metadata !== undefined) {
    operation.metadata = toAny(metadata);
  }
  if (result?.kind === "response") {
    operation.result = { case: "response", value: toAny(result.response) };
  } else if (result?.kind === "error") {
    operation.result = { case: "error", value: fromBinary(StatusSchema, result.status) };
  }
  return operation;
}

function toAny({ typeUrl, value }: PackedMessage): Any {
  const any = create(AnySchema);
  any.typeUrl = typeUrl;
  any.value = value;
  return any;
}
