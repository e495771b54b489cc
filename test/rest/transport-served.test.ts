// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  type HandlerContext,
} from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { nodeAdapter } from "../../src/node/index.ts";
import { createRestTransport } from "../../src/rest/index.ts";
import { operationsServer } from "../node/operations-server.ts";
import { type Served, served } from "../node/served.ts";
import { stopTimers } from "../node/stopped-timers.ts";
import { call, exchange, Library, stream } from "./transport-library.ts";

test("an operation of our server is waited for no longer than the deadline", async () => {
  await using server = await operationsServer();
  const transport = createRestTransport({ baseUrl: server.baseUrl });
  const checksum = createClient(ChecksumServiceOperations, transport);
  const operations = createClient(Operations, transport);
  const { name } = await checksum.checksumTree({ root: "hang" });
  using timers = stopTimers();
  const waiting = operations.waitOperation({ name }, { timeoutMs: 2_000 });
  // By the time that these are answered, the server has begun to wait.
  for (let calls = 0; calls < 3; calls++) {
    await checksum.listAlgorithms({});
  }
  // A tenth of the time is left for the answer to get here.
  timers.advance(1_800);
  expect(await waiting).toMatchObject({ name, done: false });
});

describe("a library of our server", () => {
  const request = { name: "shelves/1/books/2" };
  let server: Served;
  /** Called with what aborts a call that hangs, once it hangs. */
  let hanging: (aborted: Promise<unknown>) => void;

  beforeEach(async () => {
    hanging = () => {};
    const library: object = { getBook, watchBooks };
    const routes = (router: ConnectRouter) => router.service(Library, library);
    server = await served(nodeAdapter({ routes }));
  });

  function getBook(book: Message, context: HandlerContext) {
    const { requestHeader, responseHeader, responseTrailer, signal } = context;
    if (requestHeader.has("x-hang")) {
      const aborted = new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(signal.reason));
      });
      hanging(aborted);
      return aborted.then(() => book);
    }
    responseHeader.set("x-early", requestHeader.get("x-own") ?? "");
    responseTrailer.set("x-late", String(Math.ceil((context.timeoutMs() ?? 0) / 1000)));
    return { title: "T" };
  }

  async function* watchBooks() {
    yield { title: "a" };
    yield { title: "b" };
    throw new ConnectError("enough", Code.ResourceExhausted, undefined, [
      { desc: ErrorInfoSchema, value: { reason: "R", domain: "d" } },
    ]);
  }

  afterEach(() => server[Symbol.asyncDispose]());

  test("answers with headers and trailers, and knows the deadline", async () => {
    const transport = createRestTransport({ baseUrl: server.baseUrl });
    const headers = { "x-own": "1" };
    const response = await exchange(transport, "getBook", { request, headers, timeoutMs: 5_000 });
    expect(response.header.get("x-early")).toBe("1");
    expect(response.trailer.get("x-late")).toBe("5");
    expect(response.message).toMatchObject({ title: "T" });
  });

  test("is told when a caller has gone", async () => {
    const transport = createRestTransport({ baseUrl: server.baseUrl });
    const controller = new AbortController();
    const aborted = new Promise((resolve) => {
      hanging = (reason) => {
        resolve(reason);
        controller.abort();
      };
    });
    const { signal } = controller;
    const failed = call(transport, "getBook", { request, signal, headers: { "x-hang": "1" } });
    await expect(failed).rejects.toMatchObject({ code: Code.Canceled });
    expect(await aborted).toBeInstanceOf(Error);
  });

  test("stops at the deadline of the caller", async () => {
    using timers = stopTimers();
    const transport = createRestTransport({ baseUrl: server.baseUrl });
    const aborted = new Promise((resolve) => {
      hanging = (reason) => {
        resolve(reason);
        timers.advance(100);
      };
    });
    const headers = { "x-hang": "1" };
    const failed = call(transport, "getBook", { request, timeoutMs: 100, headers });
    await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    expect(await aborted).toBeInstanceOf(Error);
  });

  test("streams, and says how that went wrong", async () => {
    const transport = createRestTransport({ baseUrl: server.baseUrl });
    const books = stream(transport, "watchBooks", { request: { name: "shelves/1" } });
    expect((await books.next()).value).toEqual({ title: "a" });
    expect((await books.next()).value).toEqual({ title: "b" });
    const error = await books.next().catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: "enough" });
    expect(error instanceof ConnectError && error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "R" },
    ]);
  });

  test("has methods that it does not implement, and paths that it does not know", async () => {
    const transport = createRestTransport({ baseUrl: server.baseUrl });
    await expect(call(transport, "deleteBook", { request })).rejects.toMatchObject({
      code: Code.Unimplemented,
    });
    const elsewhere = createRestTransport({ baseUrl: `${server.baseUrl}/v9` });
    await expect(call(elsewhere, "getBook", { request })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });
});
