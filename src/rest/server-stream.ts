// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import { type CallContext, callEnded, invokeStream } from "./connect-internals.ts";
import type { StreamEncoder } from "./response.ts";
import { metadataHeaders, type RestAnswer } from "./server-answer.ts";
import { assertWritable, rpcError } from "./server-limits.ts";
import type { CallOptions } from "./server-routing.ts";

interface StreamCall {
  readonly spec: MethodImplSpec;
  readonly context: CallContext;
  readonly options: CallOptions;
  readonly encoder: StreamEncoder;
}

/**
 * Answers with a stream of responses as it comes, once there is a first one: until then the
 * implementation may set headers, or fail.
 */
export async function streamAnswer(request: Message, call: StreamCall): Promise<RestAnswer> {
  const { context, encoder } = call;
  const pieces = encodedResponses(request, call);
  const first = await pieces.next();
  const header = metadataHeaders(context.responseHeader);
  if (encoder.contentType !== "") {
    header.set("content-type", encoder.contentType);
  }
  return {
    status: 200,
    header,
    body: first.done === true ? pieces : prepended(first.value, pieces),
  };
}

async function* encodedResponses(
  request: Message,
  { spec, context, options, encoder }: StreamCall,
): AsyncGenerator<Uint8Array<ArrayBufferLike>, void> {
  let begun = false;
  try {
    const responses = invokeStream(spec, context, options.interceptors)(only(request));
    for await (const response of responses) {
      const piece = encoder.encode(response);
      assertWritable(piece, options);
      begun = true;
      yield piece;
    }
    context.abort(callEnded);
    begun = true;
    yield encoder.end();
  } catch (cause) {
    context.abort(cause);
    const error = rpcError(cause);
    const piece = begun ? encoder.fail(error) : undefined;
    if (piece === undefined) {
      throw error;
    }
    yield piece;
  } finally {
    context.abort(callEnded);
  }
}

async function* only<T>(item: T): AsyncGenerator<T, void> {
  yield item;
}

async function* prepended<T>(first: T, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    yield first;
    yield* rest;
  } finally {
    // Who stops at the first one has not begun with the others.
    await rest.return();
  }
}
