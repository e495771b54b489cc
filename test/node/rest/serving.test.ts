// SPDX-License-Identifier: Apache-2.0

import { request as http1Request } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  Code,
  ConnectError,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { aborted, connected, errorIn, get, http2Session, post } from "./calls.ts";
import { serveLibrary } from "./library-server.ts";

describe.each(["HTTP/1.1", "HTTP/2"] as const)("over %s", (version) => {
  test("a call is what it is over the protocols of connect", async () => {
    const key = createContextKey("");
    const seen: unknown[] = [];
    const interceptor: Interceptor = (next) => async (request) => {
      seen.push(request.method.name, request.service.typeName, request.requestMethod);
      request.header.set("x-intercepted", "yes");
      const response = await next(request);
      response.header.set("x-interceptor", "was here");
      return response;
    };
    const server = await serveLibrary(
      {
        getShelf({ name }, context) {
          const { protocolName, requestHeader, values, url, timeoutMs } = context;
          seen.push(name, protocolName, values.get(key), new URL(url).pathname, timeoutMs());
          seen.push(requestHeader.get("x-intercepted"), requestHeader.get("x-own"));
          context.responseHeader.set("x-handler", "too");
          context.responseHeader.append("set-cookie", "a=1");
          context.responseHeader.append("set-cookie", "b=2");
          context.responseHeader.set("content-length", "1");
          context.responseTrailer.set("x-late", "last");
          return { name };
        },
      },
      {
        interceptors: [interceptor],
        contextValues: (request) => createContextValues().set(key, request.httpVersion),
      },
    );
    await connected(server, version, async (client) => {
      const answer = await client.send(get("/v1/shelves/7?", { "x-own": "1" }));
      expect(answer.status).toBe(200);
      expect(JSON.parse(`${answer.body}`)).toEqual({ name: "shelves/7" });
      expect(answer.headers).toMatchObject({
        "x-handler": "too",
        "x-interceptor": "was here",
        "trailer-x-late": "last",
        "set-cookie": ["a=1", "b=2"],
        "content-type": "application/json",
        "content-length": String(answer.body.length),
      });
      const httpVersion = version === "HTTP/2" ? "2.0" : "1.1";
      expect(seen).toEqual([
        ...["GetShelf", "acme.v1.Library", "GET"],
        ...["shelves/7", "rest", httpVersion, "/v1/shelves/7", undefined],
        ...["yes", "1"],
      ]);
    });
  });

  test.each([
    ["x-server-timeout", "0.02"],
    ["grpc-timeout", "20m"],
    ["connect-timeout-ms", "20"],
  ])("%s is the deadline", async (name, value) => {
    const server = await serveLibrary({
      async getShelf(_, { signal, timeoutMs }) {
        expect(timeoutMs()).toBeLessThanOrEqual(20);
        throw await aborted(signal);
      },
    });
    await connected(server, version, async (client) => {
      const longer = { "x-server-timeout": "60", "connect-timeout-ms": "9999999999" };
      const answer = await client.send(get("/v1/shelves/7", { ...longer, [name]: value }));
      expect(errorIn(answer)).toEqual([504, "DEADLINE_EXCEEDED"]);
      const malformed = await client.send(get("/v1/shelves/7", { [name]: "soon" }));
      expect(errorIn(malformed)).toEqual([400, "INVALID_ARGUMENT"]);
    });
  });

  test("a deadline may be as far away as any, unless a limit is set", async () => {
    const timeouts: unknown[] = [];
    const methods = {
      getShelf(_: unknown, { timeoutMs }: HandlerContext) {
        timeouts.push(timeoutMs());
        return {};
      },
    };
    await connected(await serveLibrary(methods), version, async (client) => {
      const answer = await client.send(get("/v1/shelves/7", { "x-server-timeout": "9999999999" }));
      expect(answer.status).toBe(200);
      expect(timeouts).toEqual([expect.closeTo(2 ** 31, -4)]);
    });
    await connected(
      await serveLibrary(methods, { maxTimeoutMs: 1000 }),
      version,
      async (client) => {
        const answer = await client.send(get("/v1/shelves/7", { "x-server-timeout": "1.1" }));
        expect(errorIn(answer)).toEqual([400, "INVALID_ARGUMENT"]);
      },
    );
  });

  test("what clients accept is compressed, if it is worth it", async () => {
    const server = await serveLibrary({
      getShelf: ({ name }) => ({ name, theme: name.endsWith("/small") ? "" : "x".repeat(5000) }),
    });
    await connected(server, version, async (client) => {
      const send = (name: string, encoding: string) =>
        client.send(get(`/v1/shelves/${name}`, { "accept-encoding": encoding }));
      const large = await send("large", "deflate, gzip;q=0.5, br;q=0.1");
      expect(large.headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding" });
      expect(JSON.parse(`${gunzipSync(large.body)}`).theme).toHaveLength(5000);
      expect((await send("large", "*")).headers["content-encoding"]).toBe("gzip");
      expect((await send("large", "gzip;q=0.5, br")).headers["content-encoding"]).toBe("br");
      for (const [name, encoding] of [
        ["large", "gzip;q=0, br;q=0"],
        ["large", "identity, gzip;q=0.5"],
        ["small", "gzip"],
      ] as const) {
        const plain = await send(name, encoding);
        expect(plain.headers["content-encoding"]).toBeUndefined();
        expect(JSON.parse(`${plain.body}`).name).toBe(`shelves/${name}`);
      }
    });
  });

  test("requests may be compressed, and are no larger for it", async () => {
    const server = await serveLibrary(
      { createShelf: ({ shelf }) => ({ theme: shelf.theme }) },
      { readMaxBytes: 1000 },
    );
    await connected(server, version, async (client) => {
      const send = (theme: string, encoding: string) =>
        client.send(
          post("/v1/shelves", gzipSync(JSON.stringify({ theme })), {
            "content-encoding": encoding,
          }),
        );
      expect(JSON.parse(`${(await send("sea", "gzip")).body}`)).toEqual({ theme: "sea" });
      expect(errorIn(await send("x".repeat(10_000), "gzip"))).toEqual([413, "RESOURCE_EXHAUSTED"]);
      const unknown = await send("sea", "zstd");
      expect(errorIn(unknown)).toEqual([415, "INVALID_ARGUMENT"]);
      expect(unknown.headers["accept-encoding"]).toBe("gzip, br");
      const broken = post("/v1/shelves", "no gzip", { "content-encoding": "gzip" });
      expect(errorIn(await client.send(broken))).toEqual([400, "INVALID_ARGUMENT"]);
    });
  });

  test("sizes have limits both ways, and the connection stays in use", async () => {
    const server = await serveLibrary(
      { createShelf: () => ({}), getShelf: () => ({ theme: "x".repeat(5000) }) },
      { readMaxBytes: 1000, writeMaxBytes: 2000 },
    );
    await connected(server, version, async (client) => {
      const body = JSON.stringify({ theme: "x".repeat(300_000) });
      for (let round = 0; round < 3; round++) {
        const answer = await client.send(post("/v1/shelves", body));
        expect(errorIn(answer)).toEqual([413, "RESOURCE_EXHAUSTED"]);
      }
      // Nobody reads these.
      expect(errorIn(await client.send(post("/v1/shelves/7", body)))).toEqual([
        405,
        "UNIMPLEMENTED",
      ]);
      expect(errorIn(await client.send(post("/v2/shelves", body)))).toEqual([404, "NOT_FOUND"]);
      expect(errorIn(await client.send(get("/v1/shelves/7")))).toEqual([429, "RESOURCE_EXHAUSTED"]);
    });
  });

  test("an error has its details, and its metadata as headers", async () => {
    const server = await serveLibrary({
      getShelf() {
        throw new ConnectError(
          "no such shelf",
          Code.NotFound,
          { "x-hint": "look elsewhere", "content-length": "3", connection: "close" },
          [{ desc: ErrorInfoSchema, value: { reason: "NO_SHELF", domain: "acme.dev" } }],
        );
      },
      getBook() {
        throw new TypeError("secret");
      },
    });
    await connected(server, version, async (client) => {
      const answer = await client.send(get("/v1/shelves/7"));
      expect(answer.headers).toMatchObject({ "x-hint": "look elsewhere" });
      expect(JSON.parse(`${answer.body}`)).toEqual({
        error: {
          code: 404,
          message: "no such shelf",
          status: "NOT_FOUND",
          details: [
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              reason: "NO_SHELF",
              domain: "acme.dev",
            },
          ],
        },
      });
      const opaque = await client.send(get("/v1/shelves/7/books/8"));
      expect(errorIn(opaque)).toEqual([500, "INTERNAL"]);
      expect(`${opaque.body}`).not.toContain("secret");
      const unimplemented = await client.send(get("/v1/files/a"));
      expect(errorIn(unimplemented)).toEqual([501, "UNIMPLEMENTED"]);
    });
  });

  test("HEAD and OPTIONS are methods like others: answered where a rule has them", async () => {
    const server = await serveLibrary({ probe: ({ id }) => ({ id }) });
    await connected(server, version, async (client) => {
      const head = await client.send({ method: "HEAD", target: "/v1/probe?id=7" });
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(head.headers["content-length"]).toBe(String(`{"id":"7"}`.length));
      for (const method of ["HEAD", "OPTIONS"]) {
        const answer = await client.send({ method, target: "/v1/shelves/7" });
        expect([answer.status, answer.headers.allow]).toEqual([405, "DELETE, GET"]);
      }
    });
  });

  test("a client that goes away aborts its call", async () => {
    let reason: Promise<unknown> | undefined;
    let arrived: () => void = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await using server = await serveLibrary({
      async getShelf(_, { signal }) {
        reason = aborted(signal);
        arrived();
        throw await reason;
      },
    });
    const gone = new AbortController();
    const signal = gone.signal;
    const target = "/v1/shelves/7";
    using session = version === "HTTP/2" ? http2Session(server.baseUrl) : undefined;
    (session === undefined
      ? http1Request(server.baseUrl + target, { signal })
      : session.request({ ":path": target }, { signal })
    )
      .on("error", () => {})
      .end();
    await arrival;
    gone.abort();
    expect(await reason).toMatchObject({ code: Code.Canceled });
  });
});
