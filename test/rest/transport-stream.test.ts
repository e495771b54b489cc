// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { DescMethodStreaming, JsonValue, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createRestTransport } from "../../src/rest/transport.ts";
import type { RestTransportOptions } from "../../src/rest/transport-options.ts";
import { Library, stream } from "./transport-library.ts";
import { type Answer, type CannedServer, cannedServer, json, text } from "./transport-server.ts";

const request = { name: "shelves/1" };
const jsonType = { "content-type": "application/json" };

let server: CannedServer;

beforeEach(async () => {
  server = await cannedServer();
});

afterEach(() => server[Symbol.asyncDispose]());

function watch(options: Partial<RestTransportOptions> & { readonly signal?: AbortSignal } = {}) {
  const { signal, ...rest } = options;
  const transport = createRestTransport({ baseUrl: server.baseUrl, ...rest });
  const call = signal === undefined ? { request } : { request, signal };
  return stream(transport, "watchBooks", call);
}

/** What comes of a stream, and how it ends. */
async function all(
  books: AsyncIterable<JsonValue>,
): Promise<{ books: JsonValue[]; error?: ConnectError }> {
  const seen: JsonValue[] = [];
  try {
    for await (const book of books) {
      seen.push(book);
    }
    return { books: seen };
  } catch (error) {
    return { books: seen, error: ConnectError.from(error) };
  }
}

/** Answers with these pieces, each sent on its own. */
function pieces(
  parts: Iterable<string | Uint8Array>,
  end: (response: Parameters<Answer>[0]) => void = (response) => response.end(),
): Answer {
  return async (response) => {
    response.writeHead(200, jsonType).flushHeaders();
    for (const part of parts) {
      await new Promise<void>((resolve) => response.write(part, () => setImmediate(resolve)));
    }
    end(response);
  };
}

test("a stream is an array", async () => {
  server.answer = json([{ title: "a" }, {}, { title: '"],[{', tags: ["]", "\\"] }]);
  expect(await all(watch())).toEqual({
    books: [{ title: "a" }, {}, { title: '"],[{', tags: ["]", "\\"] }],
  });
  expect(server.received).toMatchObject([{ method: "GET", url: "/v1/shelves/1/books:watch" }]);
});

test("a stream may be empty", async () => {
  server.answer = json([]);
  expect(await all(watch())).toEqual({ books: [] });
});

test("messages may be cut anywhere", async () => {
  const books = [{ title: 'ü€😀\\"' }, { tags: ["a", "}{"] }, {}];
  server.answer = pieces(
    [...Buffer.from(` [\n${books.map((b) => JSON.stringify(b)).join("\n,\r\n")} ]\n`)].map((byte) =>
      Uint8Array.of(byte),
    ),
  );
  expect(await all(watch())).toEqual({ books });
});

test("each message comes as soon as it is there", async () => {
  let proceed = () => {};
  server.answer = (response) => {
    response.writeHead(200, jsonType);
    response.write('[{"title":"a"}');
    proceed = () => response.end(',{"title":"b"}]');
  };
  const books = watch();
  expect(await books.next()).toEqual({ done: false, value: { title: "a" } });
  proceed();
  expect(await books.next()).toEqual({ done: false, value: { title: "b" } });
  expect(await books.next()).toMatchObject({ done: true });
});

test("an error before the first message is that of the call", async () => {
  for (const wrap of [(body: object) => body, (body: object) => [body]]) {
    server.answer = json(
      wrap({ error: { code: 403, status: "PERMISSION_DENIED", message: "m" } }),
      403,
    );
    const { books, error } = await all(watch());
    expect(books).toEqual([]);
    expect(error).toMatchObject({ code: Code.PermissionDenied, rawMessage: "m" });
  }
});

test("an error may be the last element", async () => {
  const info = { reason: "R", domain: "d", metadata: {} };
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", ...info }];
  const status = { code: 429, status: "RESOURCE_EXHAUSTED", message: "enough", details };
  server.answer = json([{ title: "a" }, { error: status }], 200, { "x-own": "1" });
  const { books, error } = await all(watch());
  expect(books).toEqual([{ title: "a" }]);
  expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: "enough" });
  expect(error?.findDetails(ErrorInfoSchema)).toMatchObject([info]);
  expect(error?.metadata.get("x-own")).toBe("1");
});

test.each([
  ["after a message", ['[{"title":"a"}']],
  ["within a message", ['[{"title":"a"},{"ti']],
  ["after a comma", ['[{"title":"a"},']],
])("a stream that ends %s was cut, which is no end", async (_, parts) => {
  server.answer = pieces(parts);
  const { books, error } = await all(watch());
  expect(books).toEqual([{ title: "a" }]);
  expect(error?.code).toBeDefined();
  expect([Code.Unavailable, Code.DataLoss, Code.Internal]).toContain(error?.code);
});

test("a stream whose connection breaks is UNAVAILABLE after what has come", async () => {
  server.answer = pieces(['[{"title":"a"},{"ti'], (response) => response.destroy());
  const { books, error } = await all(watch());
  expect(books).toEqual([{ title: "a" }]);
  expect(error).toMatchObject({ code: Code.Unavailable });
});

test.each(['{"title":"a"}', '[{"title":7}]', '[{"title":"a"}}', "[1]", "[{}{}]", "[{}]x", ""])(
  "%j is no stream of books",
  async (body) => {
    server.answer = text(body, jsonType);
    expect((await all(watch())).error?.code).toBeDefined();
  },
);

test("a message larger than allowed ends the stream, and many small ones do not", async () => {
  const small = Array.from({ length: 100 }, (_, index) => ({ title: `${index}` }));
  server.answer = json([...small, { title: "x".repeat(2_000) }]);
  const { books, error } = await all(watch({ readMaxBytes: 500 }));
  expect(books).toEqual(small);
  expect(error).toMatchObject({ code: Code.ResourceExhausted });
});

test("a message that never ends is not held", async () => {
  let sent = 0;
  server.answer = async (response) => {
    const closed = once(response, "close");
    response.writeHead(200, jsonType);
    response.write('[{"title":"');
    while (!response.destroyed && sent < 50_000_000) {
      sent += 65_536;
      if (!response.write("x".repeat(65_536))) {
        await Promise.race([new Promise((resolve) => response.once("drain", resolve)), closed]);
      }
    }
    response.end();
  };
  const { error } = await all(watch({ readMaxBytes: 100_000 }));
  expect(error).toMatchObject({ code: Code.ResourceExhausted });
  expect(sent).toBeLessThan(50_000_000);
});

test("bytes stream as they come", async () => {
  const text = "raw ü ".repeat(1_000);
  server.answer = (response) => {
    response.writeHead(200, { "content-type": "text/x-own" });
    response.write(text, () => response.end(text));
  };
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const { books: pieces, error } = await all(
    stream(transport, "readPages", { request: { name: "shelves/1/books/2" } }),
  );
  expect(error).toBeUndefined();
  const bodies = pieces as { contentType: string; data: string }[];
  expect(new Set(bodies.map(({ contentType }) => contentType))).toEqual(new Set(["text/x-own"]));
  const whole = Buffer.concat(bodies.map(({ data }) => Buffer.from(data, "base64")));
  expect(whole.toString()).toBe(text + text);
});

test("a body that `fetch` does not stream is read whole", async () => {
  const fetch = async (): Promise<Response> => {
    const response = Response.json([{ title: "a" }, { title: "b" }]);
    return Object.defineProperty(response, "body", { value: undefined });
  };
  expect(await all(watch({ fetch }))).toEqual({ books: [{ title: "a" }, { title: "b" }] });
});

test("a signal ends a stream, and lets go of the connection", async () => {
  let closed: Promise<unknown> = Promise.reject(new Error("nobody came"));
  closed.catch(() => {});
  server.answer = (response) => {
    closed = new Promise((resolve) => response.on("close", resolve));
    response.writeHead(200, jsonType);
    response.write('[{"title":"a"}');
  };
  const controller = new AbortController();
  const books = watch({ signal: controller.signal });
  expect(await books.next()).toMatchObject({ value: { title: "a" } });
  controller.abort();
  await expect(books.next()).rejects.toMatchObject({ code: Code.Canceled });
  await closed;
});

test("interceptors see the URL and each message", async () => {
  server.answer = json([{ title: "a" }, { title: "b" }]);
  const seen: unknown[] = [];
  const spy: Interceptor = (next) => async (request) => {
    seen.push([request.stream, request.requestMethod, request.url]);
    const response = await next(request);
    if (!response.stream) {
      return response;
    }
    async function* spied(messages: AsyncIterable<Message>) {
      for await (const message of messages) {
        seen.push(message);
        yield message;
      }
    }
    return { ...response, message: spied(response.message) };
  };
  await all(watch({ interceptors: [spy] }));
  expect(seen).toMatchObject([
    [true, "GET", `${server.baseUrl}/v1/shelves/1/books:watch`],
    { title: "a" },
    { title: "b" },
  ]);
});

test("a message that cannot be sent fails the call", async () => {
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const { error } = await all(stream(transport, "watchBooks"));
  expect(error).toMatchObject({ code: Code.InvalidArgument });
  expect(server.received).toEqual([]);
});

test("what streams to the server cannot be called, nor is its input read", async () => {
  let read = 0;
  const endless = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        read++;
        return new Promise<never>(() => {});
      },
    }),
  };
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const upload = Library.method.upload as DescMethodStreaming;
  const failed = transport.stream(upload, undefined, undefined, undefined, endless);
  await expect(failed).rejects.toMatchObject({
    code: Code.Unimplemented,
    rawMessage: expect.stringContaining("transport.v1.Library.Upload streams from the client"),
  });
  expect(read).toBe(0);
  expect(server.received).toEqual([]);
});

test.each([0, 2])("a call with %i messages is none of a method that takes one", async (count) => {
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const watch = Library.method.watchBooks as DescMethodStreaming;
  const input = createAsyncIterable(Array.from({ length: count }, () => request));
  const failed = transport.stream(watch, undefined, undefined, undefined, input);
  await expect(failed).rejects.toMatchObject({ code: Code.Unimplemented });
});
