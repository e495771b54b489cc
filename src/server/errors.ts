// SPDX-License-Identifier: Apache-2.0

import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { packAny } from "../any.ts";
import type { OperationResult } from "./store.ts";

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

interface ErrorInit {
  readonly code: Code;
  readonly message: string;
  /** What went wrong, for programs: UPPER_SNAKE_CASE. */
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly details?: readonly Detail[];
}

/** An error as AIP-193 wants it: with an ErrorInfo, and each type of detail at most once. */
export function operationsError(init: ErrorInit): ConnectError {
  const { reason, domain, metadata = {} } = init;
  return new ConnectError(init.message, init.code, undefined, [
    detail(ErrorInfoSchema, { reason, domain, metadata }),
    ...(init.details ?? []),
  ]);
}

/** There is no such operation, or it is not to be seen. */
export function notFound(name: string, domain: string): ConnectError {
  return operationsError({
    code: Code.NotFound,
    message: "operation not found",
    reason: "OPERATION_NOT_FOUND",
    domain,
    details: [
      detail(ResourceInfoSchema, {
        resourceType: OperationSchema.typeName,
        resourceName: name,
        description: "No such operation, or it was deleted.",
      }),
    ],
  });
}

/** A field of the request is not as it must be. */
export function invalidField(
  field: string,
  init: { readonly description: string; readonly reason: string; readonly domain: string },
): ConnectError {
  return operationsError({
    ...init,
    code: Code.InvalidArgument,
    message: `${field}: ${init.description}`,
    details: [
      detail(BadRequestSchema, {
        fieldViolations: [{ field, description: init.description, reason: init.reason }],
      }),
    ],
  });
}

/** Too much at once; worth trying again. */
export function exhausted(
  message: string,
  init: { readonly reason: string; readonly domain: string; readonly retryDelayMs: number },
): ConnectError {
  const { retryDelayMs, ...info } = init;
  const retryDelay = {
    seconds: BigInt(Math.floor(retryDelayMs / 1000)),
    nanos: (retryDelayMs % 1000) * 1_000_000,
  };
  return operationsError({
    ...info,
    code: Code.ResourceExhausted,
    message,
    details: [detail(RetryInfoSchema, { retryDelay })],
  });
}

function detail<Desc extends DescMessage>(desc: Desc, value: MessageInitShape<Desc>): Detail {
  return { desc, value: value as MessageInitShape<DescMessage> };
}

/** Ends an operation as an RPC would end that fails with this error. */
export function errorResult(
  error: ConnectError,
  details: ConnectError["details"] = error.details,
): Extract<OperationResult, { kind: "error" }> {
  const status = create(StatusSchema, {
    // A code that is none would read as OK, or as nothing at all.
    code: Code[error.code] === undefined ? Code.Unknown : error.code,
    message: error.rawMessage,
    details: details.map(packDetail),
  });
  return { kind: "error", code: status.code, status: toBinary(StatusSchema, status) };
}

function packDetail(detail: ConnectError["details"][number]) {
  return "desc" in detail
    ? packAny(detail.desc, detail.value)
    : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value };
}
