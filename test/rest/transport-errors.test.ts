// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createRestTransport } from "../../src/rest/transport.ts";
import { call } from "./transport-library.ts";
import { type CannedServer, cannedServer, json, text } from "./transport-server.ts";

const request = { name: "shelves/1/books/2" };

let server: CannedServer;

beforeEach(async () => {
  server = await cannedServer();
});

afterEach(() => server[Symbol.asyncDispose]());

async function failure(fetch?: typeof globalThis.fetch): Promise<ConnectError> {
  const transport = createRestTransport({
    baseUrl: server.baseUrl,
    ...(fetch === undefined ? {} : { fetch }),
  });
  const error = await call(transport, "getBook", { request }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
}

describe("an error of the API", () => {
  test("comes with its code, message, details and headers", async () => {
    const info = { reason: "R", domain: "d", metadata: { a: "b" } };
    const violations = [{ field: "name", description: "no" }];
    const error = {
      code: 400,
      status: "FAILED_PRECONDITION",
      message: "not now",
      details: [
        { "@type": "type.googleapis.com/google.rpc.ErrorInfo", ...info },
        { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations },
        { "@type": "type.googleapis.com/other.v1.Thing", size: 1 },
      ],
    };
    server.answer = json({ error }, 400, { "x-own": "1", "trailer-x-late": "2" });
    const failed = await failure();
    expect(failed).toMatchObject({ code: Code.FailedPrecondition, rawMessage: "not now" });
    expect(failed.findDetails(ErrorInfoSchema)).toMatchObject([info]);
    expect(failed.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: violations }]);
    expect(failed.details).toMatchObject([{}, {}, { type: "other.v1.Thing" }]);
    expect(failed.metadata.get("x-own")).toBe("1");
    expect(failed.metadata.get("x-late")).toBe("2");
  });

  test("tells its code by its status, not by that of HTTP", async () => {
    server.answer = json({ error: { code: 409, status: "ALREADY_EXISTS", message: "m" } }, 409);
    expect(await failure()).toMatchObject({ code: Code.AlreadyExists });
    server.answer = json({ error: { code: 409, status: "ABORTED", message: "m" } }, 409);
    expect(await failure()).toMatchObject({ code: Code.Aborted });
  });

  test("may be alone in an array", async () => {
    server.answer = json([{ error: { code: 404, status: "NOT_FOUND", message: "gone" } }], 404);
    expect(await failure()).toMatchObject({ code: Code.NotFound, rawMessage: "gone" });
  });

  test("may be a bare google.rpc.Status, as other transcoders write it", async () => {
    server.answer = json({ code: 5, message: "gone", details: [] }, 404);
    expect(await failure()).toMatchObject({ code: Code.NotFound, rawMessage: "gone" });
  });
});

describe("an answer that is none of the API's", () => {
  test.each([
    [401, Code.Unauthenticated],
    [403, Code.PermissionDenied],
    [429, Code.ResourceExhausted],
    [500, Code.Internal],
    [502, Code.Unavailable],
    [503, Code.Unavailable],
    [504, Code.DeadlineExceeded],
  ])("is an error by its status %i", async (status, code) => {
    for (const answer of [
      text("", { status }),
      text("<html>oops</html>", { status, "content-type": "text/html" }),
      text('{"error": {"code', { status, "content-type": "application/json" }),
      text('{"error": [7]}', { status, "content-type": "application/json" }),
      text("null", { status, "content-type": "application/json" }),
    ]) {
      server.answer = answer;
      const { rawMessage, ...error } = await failure();
      expect(error.code).toBe(code);
      expect(rawMessage).toContain(String(status));
    }
  });

  test("is an error even with status 200", async () => {
    server.answer = text("<html>Sign in</html>", { "content-type": "text/html" });
    const error = await failure();
    expect([Code.Unknown, Code.Internal]).toContain(error.code);
    expect(error.rawMessage).toContain("text/html");
  });

  test.each(['{"title": "T"', '{"title": 7}', "[]", '"T"'])("nor is %j a book", async (body) => {
    server.answer = text(body, { "content-type": "application/json" });
    expect(await failure()).toMatchObject({ code: Code.Internal });
  });

  test.each([301, 302, 303, 307, 308])(
    "is not followed where it redirects with %i",
    async (status) => {
      const location = `${server.baseUrl}/elsewhere`;
      server.answer = text("", { status, location });
      const error = await failure();
      expect(error.code).toBe(Code.Unknown);
      expect(error.rawMessage).toContain(location);
      expect(server.received).toHaveLength(1);
    },
  );

  test("is not followed where a browser hides that it redirects", async () => {
    const hidden = Object.defineProperties(Response.error(), {
      type: { value: "opaqueredirect" },
    });
    const error = await failure(async () => hidden);
    expect(error.code).toBe(Code.Unknown);
    expect(error.rawMessage).toMatch(/^GET \S+ is redirected, .*`baseUrl`/);
  });

  test("is not read for ever", async () => {
    server.answer = text("x".repeat(4_000_000), { status: 503, "content-type": "text/html" });
    expect(await failure()).toMatchObject({ code: Code.Unavailable });
  });
});

describe("no answer", () => {
  test("is UNAVAILABLE if nobody listens, and says so", async () => {
    const closed = await cannedServer();
    await closed[Symbol.asyncDispose]();
    const transport = createRestTransport({ baseUrl: closed.baseUrl });
    const error = call(transport, "getBook", { request: { ...request, readMask: "title" } });
    await expect(error).rejects.toMatchObject({
      code: Code.Unavailable,
      rawMessage: expect.stringMatching(/^GET http:\S+\/books\/2 failed: .*ECONNREFUSED/),
      cause: expect.any(TypeError),
    });
  });

  test("is UNAVAILABLE if the connection is reset", async () => {
    server.answer = ({ socket }) => socket?.resetAndDestroy();
    expect(await failure()).toMatchObject({ code: Code.Unavailable });
  });

  test("is UNAVAILABLE if the response breaks off", async () => {
    server.answer = (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
      response.write('{"title": "T', () => response.destroy());
    };
    const error = await failure();
    expect(error).toMatchObject({ code: Code.Unavailable });
    expect(error.rawMessage).toMatch(/^the response broke off/);
  });

  test("is what its status says if an error breaks off", async () => {
    server.answer = (response) => {
      response.writeHead(403, { "content-type": "application/json", "content-length": 1000 });
      response.write('{"error": {', () => response.destroy());
    };
    expect(await failure()).toMatchObject({ code: Code.PermissionDenied });
  });

  test("is UNAVAILABLE if what answers does not speak HTTP", async () => {
    const babble = createServer((socket) => socket.end("220 mail\r\n"));
    await new Promise<void>((resolve) => babble.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = babble.address() as { port: number };
      const transport = createRestTransport({ baseUrl: `http://127.0.0.1:${port}` });
      const error = call(transport, "getBook", { request });
      await expect(error).rejects.toMatchObject({ code: Code.Unavailable });
    } finally {
      babble.close();
    }
  });

  test("is whatever `fetch` throws as a ConnectError", async () => {
    const thrown = new ConnectError("no token", Code.Unauthenticated);
    expect(await failure(() => Promise.reject(thrown))).toBe(thrown);
    const error = await failure(() => Promise.reject("no reason"));
    expect(error).toMatchObject({ code: Code.Unavailable, cause: "no reason" });
  });
});
