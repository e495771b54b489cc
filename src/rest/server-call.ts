// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createHandlerContext } from "@connectrpc/connect";
import { type CallContext, callEnded, invokeUnary } from "./connect-internals.ts";
import { encodeError } from "./error.ts";
import { decodeRequest } from "./request.ts";
import {
  answerFormat,
  createStreamEncoder,
  type EncodedResponse,
  type EncodeResponseOptions,
  encodeResponse,
} from "./response.ts";
import { metadataHeaders, type RestAnswer, wholeAnswer } from "./server-answer.ts";
import { requestCompression, responseCompression } from "./server-compression.ts";
import { type CallTimeout, callTimeout } from "./server-deadline.ts";
import { assertWritable, requestTooLarge, rpcError } from "./server-limits.ts";
import type { CallOptions, FoundRoute } from "./server-routing.ts";
import { streamAnswer } from "./server-stream.ts";

/** A request over HTTP. */
export interface RestHttpRequest {
  readonly method: string;
  /** With scheme and authority. */
  readonly url: string;
  readonly header: Headers;
  /**
   * Reads the body, as it was sent; undefined: it has none.
   *
   * @throws ConnectError if it has more than `maxBytes`.
   */
  readonly readBody: ((maxBytes: number) => Promise<Uint8Array>) | undefined;
  /** Aborted once the client is gone. */
  readonly signal: AbortSignal;
  readonly contextValues?: ContextValues | undefined;
}

/** What all calls have in common. */
export interface AnswerOptions {
  /** Whether query parameters that name no field are ignored. */
  readonly ignoreUnknownQuery: boolean;
  /** Is told of each `google.protobuf.Any` that was left out of an answer. */
  readonly onOmit?: ((omitted: OmittedFromAnswer) => void) | undefined;
}

/** A `google.protobuf.Any` that JSON cannot express, and that was left out of an answer. */
export interface OmittedFromAnswer {
  readonly method: DescMethod;
  readonly typeUrl: string;
  readonly cause: unknown;
}

type Call = Extract<FoundRoute, { readonly kind: "found" }>;

const noBody = new Uint8Array();

/**
 * Calls the implementation that a route leads to, as connect's own protocols do, and answers with
 * what comes of it. It never rejects.
 */
export async function answerCall(
  call: Call,
  { request, ignoreUnknownQuery, onOmit }: AnswerOptions & { readonly request: RestHttpRequest },
): Promise<RestAnswer> {
  const { spec, binding, options } = call.value;
  const { header } = request;
  const { registry } = options.jsonOptions;
  const timeout = callTimeout(header, options.maxTimeoutMs);
  const context = contextOf(request, { method: spec.method, timeout, options });
  const encoding: EncodeResponseOptions = {
    registry,
    format: answerFormat(call.query, spec.method.input),
    ...(onOmit && { onOmit: (omitted) => onOmit({ ...omitted, method: spec.method }) }),
  };

  function answer(status: number, encoded: EncodedResponse): Promise<RestAnswer> {
    return wholeAnswer(encoded, {
      status,
      header: metadataHeaders(context.responseHeader, context.responseTrailer),
      compression: responseCompression(header, options.acceptCompression),
      compressMinBytes: options.compressMinBytes,
    });
  }

  try {
    if (timeout.error !== undefined) {
      throw timeout.error;
    }
    const body = await readBody(request, options);
    const message = decodeRequest(
      binding,
      {
        variables: call.variables,
        query: call.query,
        contentType: header.get("content-type"),
        body,
      },
      { registry, ignoreUnknownParameters: ignoreUnknownQuery },
    );
    if (spec.kind !== "unary") {
      const encoder = createStreamEncoder(binding, encoding);
      return await streamAnswer(message, { spec, context, options, encoder });
    }
    const output = await invokeUnary(spec, context, message, options.interceptors);
    const encoded = encodeResponse(binding, output, encoding);
    assertWritable(encoded.body, options);
    context.abort(callEnded);
    return await answer(200, encoded);
  } catch (cause) {
    context.abort(cause);
    const error = rpcError(cause);
    error.metadata.forEach((value, name) => {
      context.responseHeader.set(name, value);
    });
    const { status, ...encoded } = encodeError(error, encoding);
    return answer(status, encoded);
  }
}

function contextOf(
  { method: requestMethod, url, header, signal, contextValues }: RestHttpRequest,
  call: {
    readonly method: DescMethod;
    readonly timeout: CallTimeout;
    readonly options: CallOptions;
  },
): CallContext {
  const { timeoutMs } = call.timeout;
  const { shutdownSignal } = call.options;
  return createHandlerContext({
    service: call.method.parent,
    method: call.method,
    protocolName: "rest",
    requestMethod,
    url,
    requestHeader: header,
    requestSignal: signal,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(shutdownSignal !== undefined && { shutdownSignal }),
    ...(contextValues !== undefined && { contextValues }),
  });
}

async function readBody(
  { header, readBody }: RestHttpRequest,
  { acceptCompression, readMaxBytes }: CallOptions,
): Promise<Uint8Array> {
  const compression = requestCompression(header, acceptCompression);
  if (readBody === undefined) {
    return noBody;
  }
  const body = await readBody(readMaxBytes);
  if (compression === undefined) {
    return body;
  }
  try {
    return await compression.decompress(Uint8Array.from(body), readMaxBytes);
  } catch (cause) {
    throw ConnectError.from(cause).code === Code.ResourceExhausted
      ? requestTooLarge(readMaxBytes)
      : new ConnectError(`the body is not ${compression.name}`, Code.InvalidArgument);
  }
}
