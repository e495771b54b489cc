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
import type { ErrorReason, ErrorReasons } from "../error-reason.ts";
import type { OperationResult } from "./store.ts";

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

interface ErrorInit<Reason extends ErrorReason> {
  readonly code: ErrorReasons[Reason];
  readonly message: string;
  readonly reason: Reason;
  readonly domain: string;
  /** Whatever the message tells of the request, for programs. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly details?: readonly Detail[];
}

/** The reasons that come with a code. */
type ReasonOf<C extends Code> = {
  [Reason in ErrorReason]: ErrorReasons[Reason] extends C ? Reason : never;
}[ErrorReason];

/**
 * The `domain` of an error that was made where that of the service is not known, by a store for
 * instance. Before it reaches a caller, the configured one takes its place.
 */
export const packageDomain = "longrunning";

/** An error as AIP-193 wants it: with an ErrorInfo, and each type of detail at most once. */
export function operationsError<Reason extends ErrorReason>(init: ErrorInit<Reason>): ConnectError {
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
  init: {
    readonly description: string;
    readonly reason: ReasonOf<Code.InvalidArgument>;
    readonly domain: string;
    readonly metadata?: Readonly<Record<string, string>>;
  },
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
  init: {
    readonly reason: ReasonOf<Code.ResourceExhausted>;
    readonly domain: string;
    readonly retryDelayMs: number;
  },
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

/** Gives an error that was made without knowing the domain of the service that domain. */
export function withDomain(error: ConnectError, domain: string): ConnectError {
  error.details = error.details.map((held) =>
    "desc" in held && held.desc === ErrorInfoSchema && infoOf(held).domain === packageDomain
      ? detail(ErrorInfoSchema, { ...infoOf(held), domain })
      : held,
  );
  return error;
}

function infoOf({ value }: Detail): MessageInitShape<typeof ErrorInfoSchema> {
  return value as MessageInitShape<typeof ErrorInfoSchema>;
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
