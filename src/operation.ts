// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type Operation, OperationSchema } from "../gen/google/longrunning/operations_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { readAny } from "./any.ts";
import { OperationError } from "./operation-error.ts";
import type { OperationTypes } from "./operation-service.ts";
import { unusableResult } from "./unusable-result.ts";

interface OperationInit {
  /** The resource name, for example `operations/abc`. */
  readonly name: string;
  /** Progress and other metadata, packed; left out, the field is unset. */
  readonly metadata?: Any | undefined;
}

/** An operation that has not ended. */
export function running(init: OperationInit): Operation {
  return create(OperationSchema, { name: init.name, metadata: init.metadata });
}

/** An operation that ended with a response. */
export function succeeded(init: OperationInit & { readonly response: Any }): Operation {
  return create(OperationSchema, {
    name: init.name,
    metadata: init.metadata,
    done: true,
    result: { case: "response", value: init.response },
  });
}

/**
 * An operation that ended with an error. Code 1, CANCELLED, is what a cancelled operation ends with.
 *
 * @throws RangeError if the code is 0: OK is no error, and a client would wait for a response.
 */
export function failed(
  init: OperationInit & { readonly error: MessageInitShape<typeof StatusSchema> },
): Operation {
  const error = create(StatusSchema, init.error);
  if (error.code === 0) {
    throw new RangeError("Expected `error.code` to be a canonical code other than 0, got 0 (OK)");
  }
  return create(OperationSchema, {
    name: init.name,
    metadata: init.metadata,
    done: true,
    result: { case: "error", value: error },
  });
}

interface Described<Kind extends string, Metadata> {
  readonly kind: Kind;
  readonly name: string;
  /** Undefined if it is unset, or not of the expected type. */
  readonly metadata: Metadata | undefined;
}

/**
 * What has become of an operation.
 *
 * - `missing`: it is done without a result, which the contract allows, or with an Any of nothing.
 * - A response of another type, or one that does not parse, reads as `failed`, with an ErrorInfo
 *   whose reason is RESULT_TYPE_MISMATCH or RESULT_MALFORMED.
 *
 * @see google/longrunning/operations.proto
 */
export type OperationOutcome<Response, Metadata> =
  | Described<"running", Metadata>
  | (Described<"succeeded", Metadata> & { readonly response: Response })
  | (Described<"failed", Metadata> & { readonly error: OperationError })
  | (Described<"cancelled", Metadata> & { readonly error: OperationError })
  | Described<"missing", Metadata>;

/** Reads an operation as what its method declares. It never throws. */
export function outcomeOf<Response extends DescMessage, Metadata extends DescMessage>(
  operation: Operation,
  types: OperationTypes<Response, Metadata>,
): OperationOutcome<MessageShape<Response>, MessageShape<Metadata>> {
  const { name, result } = operation;
  const reading = readAny(operation.metadata, types.metadata);
  const common = { name, metadata: reading.kind === "message" ? reading.message : undefined };
  if (!operation.done) {
    return { kind: "running", ...common };
  }
  if (result.case === "error") {
    const error = new OperationError(operation, result.value);
    return { kind: error.code === Code.Canceled ? "cancelled" : "failed", ...common, error };
  }
  const response = readAny(result.value, types.response);
  switch (response.kind) {
    case "empty":
      return { kind: "missing", ...common };
    case "message":
      return { kind: "succeeded", ...common, response: response.message };
    default:
      return {
        kind: "failed",
        ...common,
        error: unusableResult(operation, { expected: types.response.typeName, ...response }),
      };
  }
}
