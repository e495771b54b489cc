// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRestTransport } from "../../src/rest/transport.ts";
import { stopTimers } from "../node/stopped-timers.ts";
import { call, stream } from "./transport-library.ts";
import { type Answer, type CannedServer, cannedServer, json } from "./transport-server.ts";

const request = { name: "shelves/1/books/2" };
const never: Answer = () => {};
const halfway: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json" }).write('{"title":');
};

let server: CannedServer;

beforeEach(async () => {
  server = await cannedServer();
});

afterEach(() => server[Symbol.asyncDispose]());

function transport(defaultTimeoutMs?: number) {
  const { baseUrl } = server;
  return createRestTransport(
    defaultTimeoutMs === undefined ? { baseUrl } : { baseUrl, defaultTimeoutMs },
  );
}

test.each([
  ["answers nothing", never],
  ["answers half", halfway],
])("a deadline ends a call that the server %s to", async (_, answer) => {
  server.answer = answer;
  const begun = performance.now();
  const failed = call(transport(), "getBook", { request, timeoutMs: 100 });
  await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  const took = performance.now() - begun;
  expect(took).toBeGreaterThan(90);
  expect(took).toBeLessThan(5_000);
});

test("a deadline ends a stream", async () => {
  using timers = stopTimers();
  server.answer = (response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('[{"title":"a"}');
  };
  const books = stream(transport(), "watchBooks", {
    request: { name: "shelves/1" },
    timeoutMs: 200,
  });
  expect(await books.next()).toMatchObject({ value: { title: "a" } });
  timers.advance(200);
  await expect(books.next()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
});

test.each([
  [1_500, "1.5"],
  [30_000, "30"],
  [0.2, "0.001"],
  [33.3, "0.034"],
  [2 ** 40, "2147483.647"],
])("a deadline of %d ms is told to the server as %s s", async (timeoutMs, seconds) => {
  let told: string | null = null;
  const fetch: typeof globalThis.fetch = async (_, init) => {
    told = new Headers(init?.headers).get("x-server-timeout");
    return Response.json({});
  };
  const inProcess = createRestTransport({ baseUrl: server.baseUrl, fetch });
  await call(inProcess, "getBook", { request, timeoutMs });
  expect(told).toBe(seconds);
});

test("there may be a default, which a call replaces or takes off", async () => {
  server.answer = json({});
  await call(transport(2_000), "getBook", { request });
  await call(transport(2_000), "getBook", { request, timeoutMs: 3_000 });
  await call(transport(2_000), "getBook", { request, timeoutMs: 0 });
  expect(server.received.map(({ headers }) => headers["x-server-timeout"])).toEqual([
    "2",
    "3",
    undefined,
  ]);
  server.answer = never;
  const failed = call(transport(50), "getBook", { request });
  await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded });
});

test.each([
  ["answers nothing", never],
  ["answers half", halfway],
])("a signal ends a call that the server %s to, and lets go of it", async (_, answer) => {
  const controller = new AbortController();
  const closed = new Promise((resolve) => {
    server.answer = (response, received) => {
      response.on("close", resolve);
      answer(response, received);
      controller.abort();
    };
  });
  const failed = call(transport(), "getBook", { request, signal: controller.signal });
  await expect(failed).rejects.toMatchObject({ code: Code.Canceled });
  await closed;
});

test("a signal that is aborted before sends nothing", async () => {
  const failed = call(transport(), "getBook", { request, signal: AbortSignal.abort() });
  await expect(failed).rejects.toMatchObject({ code: Code.Canceled });
  expect(server.received).toEqual([]);
});

test("the reason of a signal is the error, if it is one of ours", async () => {
  server.answer = never;
  const controller = new AbortController();
  const reason = new ConnectError("lost the lease", Code.Unavailable);
  const failed = call(transport(), "getBook", { request, signal: controller.signal });
  controller.abort(reason);
  await expect(failed).rejects.toBe(reason);
});
