// SPDX-License-Identifier: Apache-2.0

import { create, type DescMethod, type Message, type MessageShape } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type StreamRequest,
  type Transport,
  type UnaryRequest,
} from "@connectrpc/connect";
import { anyTypesKey } from "../any-types.ts";
import { decodeResponse, decodeResponseStream } from "./response.ts";
import { createCallTable, type MethodCalls } from "./transport-call.ts";
import { chunksOf, fetchSuccess } from "./transport-fetch.ts";
import {
  createAsyncIterable,
  readAllBytes,
  runStreamingCall,
  runUnaryCall,
  trailerDemux,
} from "./transport-internals.ts";
import {
  checkTransportOptions,
  maxReadMaxBytes,
  type RestTransportOptions,
} from "./transport-options.ts";

// A longer one would fire at once.
const maxTimerMs = 2 ** 31 - 1;

/**
 * A transport over `fetch` that calls methods as their `google.api.http` rules say: with it, any
 * generated client calls any API that publishes such rules, in every runtime.
 *
 * ```ts
 * const client = createClient(LibraryService, createRestTransport({ baseUrl: "https://library.example" }));
 * const shelf = await client.getShelf({ name: "shelves/1" });    // GET /v1/shelves/1
 * ```
 *
 * - A message goes by the first binding that can express it. Where none can, a field of the path is
 *   empty for instance, the call fails with INVALID_ARGUMENT, and nothing is sent.
 * - A method without a rule, or to which clients stream, is UNIMPLEMENTED.
 * - The deadline goes along as `X-Server-Timeout`, in seconds.
 * - Errors of the API become ConnectErrors with their details; answers of others, by their HTTP
 *   status. No answer at all is UNAVAILABLE.
 *
 * @throws RangeError that names the option that is out of range.
 * @see google/api/http.proto
 * @see AIP-127
 */
export function createRestTransport(options: RestTransportOptions): Transport {
  checkTransportOptions(options);
  const { fetch, defaultTimeoutMs, readMaxBytes = maxReadMaxBytes } = options;
  const interceptors = [...(options.interceptors ?? [])];
  const { registry, callsOf, learn } = createCallTable(options);

  /** What calls of both kinds begin with. */
  function begin(method: DescMethod, message: Message, call: Call) {
    const calls = callsOf(method);
    const contextValues = call.contextValues ?? createContextValues();
    learn(contextValues.get(anyTypesKey));
    // Without interceptors, nobody sees it.
    const shown = interceptors.length > 0 ? calls.preview(message) : calls.pattern;
    const timeoutMs = deadline(call.timeoutMs, defaultTimeoutMs);
    return {
      limits: {
        interceptors,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      head: {
        service: method.parent,
        requestMethod: shown.httpMethod,
        url: shown.url,
        header: requestHeader(call.header, timeoutMs),
        contextValues,
      },
      exchange: (request: UnaryRequest | StreamRequest, sent: Message) =>
        exchange(request, { sent, calls, shownUrl: shown.url }),
    };
  }

  async function exchange(
    { url, header, signal }: UnaryRequest | StreamRequest,
    { sent, calls, shownUrl }: { sent: Message; calls: MethodCalls; shownUrl: string },
  ) {
    const written = calls.write(sent);
    const headers = new Headers(header);
    if (written.contentType !== undefined) {
      headers.set("content-type", written.contentType);
    }
    const request = {
      // An interceptor may have put another one in its place, with a key for instance.
      url: url === shownUrl ? written.url : url,
      method: written.httpMethod,
      headers,
      body: written.body,
      signal,
    };
    try {
      const response = await fetchSuccess(request, { fetch, registry });
      const contentType = response.headers.get("content-type");
      return { binding: written.binding, response, contentType };
    } catch (error) {
      throw calls.readError(error);
    }
  }

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const message = create(method.input, input);
      const call = begin(method, message, { signal, timeoutMs, header, contextValues });
      return runUnaryCall({
        ...call.limits,
        req: { ...call.head, stream: false, method, message },
        async next(request) {
          const { binding, response, contentType } = await call.exchange(request, request.message);
          const body = await readAllBytes(chunksOf(response), readMaxBytes);
          const answer = decodeResponse(binding, { contentType, body }, { registry });
          // As Connect marks them: `fetch` gives no trailers of HTTP.
          const [header, trailer] = trailerDemux(response.headers);
          return {
            stream: false,
            service: method.parent,
            method,
            header,
            message: answer as MessageShape<typeof method.output>,
            trailer,
          };
        },
      });
    },

    async stream(method, signal, timeoutMs, header, input, contextValues) {
      // Of a method to which clients stream, nothing is read: it is not going to be called.
      const only = method.methodKind === "server_streaming" ? await onlyOne(input) : undefined;
      const message = create(method.input, only);
      const call = begin(method, message, { signal, timeoutMs, header, contextValues });
      return runStreamingCall({
        ...call.limits,
        req: { ...call.head, stream: true, method, message: createAsyncIterable([message]) },
        async next(request) {
          const sent = await onlyOne(request.message);
          const { binding, response, contentType } = await call.exchange(request, sent);
          const answers = decodeResponseStream(
            binding,
            { contentType, body: chunksOf(response) },
            { registry, readMaxBytes },
          );
          return {
            stream: true,
            service: method.parent,
            method,
            header: response.headers,
            message: withMetadata(
              answers as AsyncIterable<MessageShape<typeof method.output>>,
              response.headers,
            ),
            trailer: new Headers(),
          };
        },
      });
    },
  };
}

interface Call {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly header: HeadersInit | undefined;
  readonly contextValues: ContextValues | undefined;
}

/** In milliseconds; none for a timeout of zero or less, as everywhere in Connect. */
function deadline(timeoutMs: number | undefined, defaultMs: number | undefined) {
  const given = timeoutMs ?? defaultMs;
  return given === undefined || given <= 0 ? undefined : Math.min(given, maxTimerMs);
}

function requestHeader(header: HeadersInit | undefined, timeoutMs: number | undefined): Headers {
  const headers = new Headers(header);
  if (timeoutMs !== undefined) {
    headers.set("X-Server-Timeout", String(Math.ceil(timeoutMs) / 1000));
  }
  return headers;
}

/** The message of a call that does not stream to the server. */
async function onlyOne<T>(messages: AsyncIterable<T>): Promise<T> {
  const given: T[] = [];
  for await (const message of messages) {
    given.push(message);
    if (given.length > 1) {
      break;
    }
  }
  const [message] = given;
  if (message === undefined || given.length > 1) {
    throw new ConnectError(
      "a method that takes one message was called with none, or with several",
      Code.Unimplemented,
    );
  }
  return message;
}

/** Gives an error that ends a stream the headers, as that of any other call has them. */
async function* withMetadata<T>(messages: AsyncIterable<T>, headers: Headers): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (cause) {
    const error = ConnectError.from(cause);
    headers.forEach((value, name) => {
      error.metadata.append(name, value);
    });
    throw error;
  }
}
