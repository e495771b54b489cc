// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type {
  ConnectError,
  createHandlerContext,
  Interceptor,
  MethodImplSpec,
} from "@connectrpc/connect";
import {
  invokeUnaryImplementation,
  readAllBytes as readAll,
  transformInvokeImplementation,
  type UniversalHandlerFn,
  type UniversalHandlerOptions,
  type UniversalServerRequest,
  validateUniversalHandlerOptions,
} from "@connectrpc/connect/protocol";
import { parseTimeout as connectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as grpcTimeout } from "@connectrpc/connect/protocol-grpc";

// What connect keeps for its own protocols and marks as private. Serving needs it, and takes it from
// here alone, under types of our own: a release that changes one of them does not compile.

export type { UniversalHandlerFn, UniversalHandlerOptions, UniversalServerRequest };

/** A way to compress, by its name in `content-encoding`. */
export type Compression = UniversalHandlerOptions["acceptCompression"][number];

/** The context of one call, which whoever makes it must abort in the end. */
export type CallContext = ReturnType<typeof createHandlerContext>;

/**
 * Why the signal of a call is aborted that has ended. To make a reason anew each time, with its
 * stack, would cost a tenth of a small call.
 */
export const callEnded: DOMException = new DOMException("The call has ended", "AbortError");

/** Calls an implementation through interceptors; what comes back is a whole message. */
export const invokeUnary: <I extends DescMessage, O extends DescMessage>(
  spec: MethodImplSpec<I, O> & { kind: "unary" },
  context: CallContext,
  request: MessageShape<I>,
  interceptors: Interceptor[],
) => Promise<MessageShape<O>> = invokeUnaryImplementation;

/** The same for any kind of method, over streams of requests and responses. */
export const invokeStream: <I extends DescMessage, O extends DescMessage>(
  spec: MethodImplSpec<I, O>,
  context: CallContext,
  interceptors: Interceptor[],
) => (requests: AsyncIterable<MessageShape<I>>) => AsyncIterable<MessageShape<O>> =
  transformInvokeImplementation;

/** Checks options, and fills in defaults. @throws ConnectError that names what is out of range. */
export const withDefaults: (options: Partial<UniversalHandlerOptions>) => UniversalHandlerOptions =
  validateUniversalHandlerOptions;

/** Reads a body. @throws ConnectError RESOURCE_EXHAUSTED if it has more than `maxBytes`. */
export const readAllBytes: (
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
) => Promise<Uint8Array> = readAll;

type ParseTimeout = (
  value: string | null,
  maxTimeoutMs: number,
) => { timeoutMs?: number; error?: ConnectError | undefined };

/** Reads `connect-timeout-ms`. */
export const parseConnectTimeout: ParseTimeout = connectTimeout;

/** Reads `grpc-timeout`. */
export const parseGrpcTimeout: ParseTimeout = grpcTimeout;
