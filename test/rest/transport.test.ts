// SPDX-License-Identifier: Apache-2.0

import { Code, type Interceptor } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRestTransport } from "../../src/rest/transport.ts";
import type { RestTransportOptions } from "../../src/rest/transport-options.ts";
import { call, exchange } from "./transport-library.ts";
import { type CannedServer, cannedServer, json, text } from "./transport-server.ts";

const name = "shelves/1/books/2";
const unary = "transport.v1.Library";

let server: CannedServer;

beforeEach(async () => {
  server = await cannedServer();
});

afterEach(() => server[Symbol.asyncDispose]());

function transport(options: Partial<RestTransportOptions> = {}) {
  return createRestTransport({ baseUrl: server.baseUrl, ...options });
}

describe("a request", () => {
  // biome-ignore format: a table reads better.
  test.each([
    ["getBook",    { name },                                    "GET",    "/v1/shelves/1/books/2", ""],
    ["getBook",    { name: "shelves/ü/books/a b" },             "GET",    "/v1/shelves/%C3%BC/books/a%20b", ""],
    ["getBook",    { name, readMask: "title,kind" },            "GET",    "/v1/shelves/1/books/2?readMask=title%2Ckind", ""],
    ["getBook",    { isbn: "97/8" },                            "GET",    "/v1/isbn/97%2F8", ""],
    ["createBook", { parent: "shelves/1", book: { pages: "9007199254740993" }, bookId: "a&b" },
                                                                "POST",   "/v1/shelves/1/books?bookId=a%26b", { pages: "9007199254740993" }],
    ["updateBook", { book: { name, title: "T" }, updateMask: "title" },
                                                                "PATCH",  "/v1/shelves/1/books/2?updateMask=title", { title: "T" }],
    ["deleteBook", { name },                                    "DELETE", "/v1/shelves/1/books/2", ""],
    ["findBook",   { kind: "EBOOK", tags: ["a"] },              "POST",   "/v1/books:find", { kind: "EBOOK", tags: ["a"] }],
  ])("of %s with %j is %s %s", async (method, request, httpMethod, url, body) => {
    await call(transport(), method, { request });
    const [received] = server.received;
    expect(received).toMatchObject({ method: httpMethod });
    expect(query(received?.url)).toEqual(query(url));
    expect(received?.body === "" ? "" : JSON.parse(received?.body ?? "")).toEqual(body);
    expect(received?.headers["content-type"]).toBe(body === "" ? undefined : "application/json");
  });

  test("has the headers of the call, and no deadline unless there is one", async () => {
    await call(transport(), "getBook", { request: { name }, headers: { "X-Own": "1" } });
    expect(server.received[0]?.headers).toMatchObject({ "x-own": "1" });
    expect(server.received[0]?.headers).not.toHaveProperty("x-server-timeout");
    expect(server.received[0]?.headers).not.toHaveProperty("content-type");
  });

  test.each([
    ["below a path", "/api", "/api/v1/shelves/1/books/2"],
    ["below a path with a slash", "/api/", "/api/v1/shelves/1/books/2"],
  ])("goes to an API %s", async (_, path, url) => {
    await call(transport({ baseUrl: server.baseUrl + path }), "getBook", { request: { name } });
    expect(server.received).toMatchObject([{ url }]);
  });

  test("asks for enums as numbers if told to", async () => {
    server.answer = json({ name, kind: 7 });
    const numbers = transport({ enumAsInteger: true });
    expect(await call(numbers, "getBook", { request: { name } })).toEqual({ name, kind: 7 });
    await call(numbers, "getBook", { request: { name, readMask: "kind" } });
    const asked = server.received.map(({ url }) => new URL(url, server.baseUrl).searchParams);
    expect(asked.map((parameters) => parameters.get("$alt"))).toEqual([
      "json;enum-encoding=int",
      "json;enum-encoding=int",
    ]);
    expect(asked[1]?.get("readMask")).toBe("kind");
  });

  test("carries bytes as they are where the API takes them", async () => {
    const cover = { contentType: "image/x-own", data: "AP8A" };
    await call(transport(), "writeCover", { request: { name, cover } });
    const [received] = server.received;
    expect(received).toMatchObject({ method: "PUT", url: `/v1/${name}/cover` });
    expect(received?.headers["content-type"]).toBe("image/x-own");
  });

  test.each([
    ["an empty field", "getBook", {}, "name"],
    ["a field that does not fit the path", "getBook", { name: "books/2" }, "name"],
    ["a segment that is empty", "createBook", { parent: "shelves/" }, "parent"],
    ["a segment that leads elsewhere", "createBook", { parent: "shelves/.." }, "path"],
    ["no message that holds the field", "updateBook", { updateMask: "title" }, "book.name"],
  ])("with %s is INVALID_ARGUMENT, and not sent", async (_, method, request, place) => {
    const error = call(transport(), method, { request });
    await expect(error).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringMatching(new RegExp(`: .*\\b${place}\\b`)),
    });
    expect(server.received).toEqual([]);
  });

  test("of a method without a rule says how to mend it", async () => {
    const error = call(transport(), "unbound", { request: { name } });
    await expect(error).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: expect.stringMatching(
        /^transport\.v1\.Library\.Unbound has no .* rules: \[\{ selector: "transport\.v1\.Library\.Unbound"/,
      ),
    });
    expect(server.received).toEqual([]);
  });

  test("is bound by rules given", async () => {
    const rules = [
      {
        selector: `${unary}.Unbound`,
        pattern: { case: "get", value: "/v2/{name=shelves/*}" } as const,
      },
      { selector: `${unary}.GetBook`, pattern: { case: "get", value: "/v2/{name=**}" } as const },
    ];
    await call(transport({ rules }), "unbound", { request: { name: "shelves/1" } });
    await call(transport({ rules }), "getBook", { request: { name } });
    expect(server.received.map(({ url }) => url)).toEqual(["/v2/shelves/1", `/v2/${name}`]);
  });

  test("bound by a wrong rule says what is wrong", async () => {
    const rules = [
      { selector: `${unary}.GetBook`, pattern: { case: "get", value: "/v2/{nome}" } as const },
    ];
    const error = call(transport({ rules }), "getBook", { request: { name } });
    await expect(error).rejects.toMatchObject({
      code: Code.Internal,
      rawMessage: expect.stringContaining("nome"),
    });
    expect(server.received).toEqual([]);
  });
});

describe("a response", () => {
  test("is the message, with headers", async () => {
    server.answer = json(
      { name, title: "T", kind: "EBOOK", pages: "9007199254740993", tags: ["a", "b"] },
      200,
      { etag: "e" },
    );
    const response = await exchange(transport(), "getBook", { request: { name } });
    expect(response.message).toMatchObject({ name, kind: 2, pages: 9007199254740993n });
    expect(response.header.get("etag")).toBe("e");
    expect([...response.trailer]).toEqual([]);
  });

  test("may have fields and values that this code does not know", async () => {
    server.answer = json({ name, shelf: { new: 1 }, kind: "AUDIO" });
    expect(await call(transport(), "getBook", { request: { name } })).toEqual({ name });
  });

  test("may be one field of the message", async () => {
    server.answer = json(["a", "b"]);
    const request = { name: "shelves/1" };
    expect(await call(transport(), "listTitles", { request })).toEqual({ titles: ["a", "b"] });
  });

  test("may be bytes", async () => {
    server.answer = text("raw ü", { "content-type": "text/x-own" });
    expect(await call(transport(), "readCover", { request: { name } })).toEqual({
      contentType: "text/x-own",
      data: Buffer.from("raw ü").toString("base64"),
    });
  });

  test("may have no content", async () => {
    server.answer = text("", { status: 204 });
    expect(await call(transport(), "deleteBook", { request: { name } })).toEqual({});
  });

  test("keeps the type URL of an Any that it does not know", async () => {
    const unknown = { "@type": "type.googleapis.com/other.v1.Thing", size: { big: [1] } };
    server.answer = json({ name, extra: unknown });
    const { message } = await exchange(transport(), "getBook", { request: { name } });
    expect(message).toMatchObject({
      name,
      extra: { typeUrl: "type.googleapis.com/other.v1.Thing", value: new Uint8Array() },
    });
  });

  test("holds what an Any of the API's own types holds", async () => {
    const book = { "@type": "type.googleapis.com/transport.v1.Book", title: "inner" };
    server.answer = json({ name, extra: book });
    const response = call(transport(), "getBook", { request: { name } });
    expect(await response).toEqual({ name, extra: book });
  });

  test("larger than allowed is refused", async () => {
    server.answer = json({ title: "x".repeat(10_000) });
    const small = transport({ readMaxBytes: 5_000 });
    const error = call(small, "getBook", { request: { name } });
    await expect(error).rejects.toMatchObject({ code: Code.ResourceExhausted });
    server.answer = json({ title: "x" });
    expect(await call(small, "getBook", { request: { name } })).toEqual({ title: "x" });
  });
});

describe("interceptors", () => {
  test("see the method, the URL, the headers and the message, and the answer", async () => {
    const seen: unknown[] = [];
    const spy: Interceptor = (next) => async (request) => {
      seen.push([request.method.name, request.requestMethod, request.url]);
      seen.push([request.stream, request.header.get("x-own"), request.message]);
      const response = await next(request);
      seen.push([response.header.get("etag"), response.message]);
      return response;
    };
    server.answer = json({ title: "T" }, 200, { etag: "e" });
    await call(transport({ interceptors: [spy] }), "getBook", {
      request: { name },
      headers: { "x-own": "1" },
    });
    expect(seen).toMatchObject([
      ["GetBook", "GET", `${server.baseUrl}/v1/${name}`],
      [false, "1", { name }],
      ["e", { title: "T" }],
    ]);
  });

  test("may set headers, replace the message, and change the URL", async () => {
    const outer: Interceptor = (next) => (request) => {
      request.header.set("authorization", "Bearer t");
      const message = Object.assign({ ...request.message }, { name: "shelves/7/books/8" });
      return next({ ...request, message } as typeof request);
    };
    await call(transport({ interceptors: [outer] }), "getBook", { request: { name } });
    const withKey: Interceptor = (next) => (request) =>
      next({ ...request, url: `${request.url}?key=k` });
    await call(transport({ interceptors: [withKey] }), "getBook", { request: { name } });
    expect(server.received).toMatchObject([
      { url: "/v1/shelves/7/books/8", headers: { authorization: "Bearer t" } },
      { url: `/v1/${name}?key=k` },
    ]);
  });

  test("see what cannot be sent, and may mend it", async () => {
    const urls: string[] = [];
    const mend: Interceptor = (next) => async (request) => {
      urls.push(request.url);
      try {
        return await next(request);
      } catch {
        Object.assign(request.message, { name });
        return next(request);
      }
    };
    await call(transport({ interceptors: [mend] }), "getBook");
    expect(urls).toEqual([`${server.baseUrl}/v1/{name=shelves/*/books/*}`]);
    expect(server.received).toMatchObject([{ url: `/v1/${name}` }]);
  });
});

describe("options", () => {
  test.each([
    [{ baseUrl: "ftp://127.0.0.1" }, /`baseUrl`/],
    [{ baseUrl: "localhost:8080" }, /`baseUrl`/],
    [{ baseUrl: "http://127.0.0.1/?a=b" }, /`baseUrl`/],
    [{ readMaxBytes: 0 }, /`readMaxBytes`.*`0`/],
    [{ readMaxBytes: Number.NaN }, /`readMaxBytes`/],
    [{ defaultTimeoutMs: -1 }, /`defaultTimeoutMs`/],
  ])("%j are refused", (options, message) => {
    expect(() => transport(options)).toThrow(RangeError);
    expect(() => transport(options)).toThrow(message);
  });

  test("a relative base URL is left to `fetch`", async () => {
    const urls: unknown[] = [];
    const fetch = async (url: unknown) => {
      urls.push(url);
      return Response.json({ title: "T" });
    };
    const relative = createRestTransport({ baseUrl: "/api", fetch });
    expect(await call(relative, "getBook", { request: { name } })).toEqual({ title: "T" });
    expect(urls).toEqual([`/api/v1/${name}`]);
  });
});

/** A URL without the order of its parameters. */
function query(url = ""): unknown {
  const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
  return [pathname, Object.fromEntries(searchParams)];
}
