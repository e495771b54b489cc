// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { type NodeAdapterEvent, nodeAdapter } from "../../src/node/index.ts";
import { rawConnection } from "./raw-connection.ts";
import { served } from "./served.ts";
import { routes, stored } from "./tiny-service.ts";

const running = stored["operations/running"] ?? {};
const getPath = `/${Operations.typeName}/GetOperation`;
const json = { "content-type": "application/json" };

const post = (url: string, init: RequestInit = {}) =>
  fetch(url, { method: "POST", headers: json, body: `{"name":"operations/running"}`, ...init });

/** An interceptor that notes that it ran. */
function noting(notes: string[], note: string): Interceptor {
  return (next) => (request) => {
    notes.push(`${note} ${request.method.name}`);
    return next(request);
  };
}

test("routes is called once, and the options stay as they are", async () => {
  let calls = 0;
  const options = Object.freeze({
    routes(router: ConnectRouter) {
      calls++;
      routes(router);
    },
    jsonOptions: Object.freeze({ alwaysEmitImplicit: true }),
    interceptors: Object.freeze([]) as unknown as Interceptor[],
  });
  await using server = await served(nodeAdapter(options));
  const answer = await post(server.baseUrl + getPath);
  expect(await answer.json()).toMatchObject({ done: false, metadata: { filesDone: "7" } });
  expect((await post(server.baseUrl + getPath)).status).toBe(200);
  expect(calls).toBe(1);
  expect(Object.keys(options)).toEqual(["routes", "jsonOptions", "interceptors"]);
});

test("the router that routes is given goes on as connect's own does", () => {
  nodeAdapter({
    routes(router) {
      const next = router
        .service(Operations, {})
        .rpc(ChecksumServiceOperations.method.checksumTree, () => ({}));
      expect(next).toBe(router);
      expect(router.handlers.map(({ requestPath }) => requestPath)).toContain(getPath);
      expect(router.handlers).toHaveLength(6);
    },
  });
});

test("types of a method that is registered by itself are known in JSON", async () => {
  await using server = await served(
    nodeAdapter({
      routes(router) {
        router.rpc(ChecksumServiceOperations.method.checksumTree, () => running);
      },
    }),
  );
  const answer = await post(`${server.baseUrl}/${ChecksumServiceOperations.typeName}/ChecksumTree`);
  expect(await answer.json()).toMatchObject({ metadata: { filesDone: "7" } });
});

test("a service with options of its own keeps those of the adapter", async () => {
  const notes: string[] = [];
  const shared = noting(notes, "shared");
  await using server = await served(
    nodeAdapter({
      grpc: false,
      readMaxBytes: 1000,
      interceptors: [noting(notes, "adapter"), shared],
      routes(router) {
        router.service(
          Operations,
          { deleteOperation: () => ({}), cancelOperation: () => ({}) },
          { interceptors: [shared, noting(notes, "own")], compressMinBytes: 1 },
        );
        router.rpc(ChecksumServiceOperations.method.checksumTree, () => running, {
          writeMaxBytes: 10,
        });
      },
    }),
  );
  const { baseUrl } = server;
  const client = createClient(Operations, createConnectTransport({ baseUrl, httpVersion: "2" }));
  await client.deleteOperation({ name: "a" });
  expect(notes).toEqual([
    "adapter DeleteOperation",
    "shared DeleteOperation",
    "own DeleteOperation",
  ]);
  await expect(client.deleteOperation({ name: "a".repeat(1000) })).rejects.toMatchObject({
    code: Code.ResourceExhausted,
  });
  const grpc = createClient(Operations, createGrpcTransport({ baseUrl }));
  await expect(grpc.deleteOperation({})).rejects.toThrow(ConnectError);
  const web = createGrpcWebTransport({ baseUrl, httpVersion: "1.1" });
  await createClient(Operations, web).deleteOperation({});
  const checksum = createClient(ChecksumServiceOperations, web);
  await expect(checksum.checksumTree({})).rejects.toMatchObject({ code: Code.ResourceExhausted });
  expect(notes.slice(-2)).toEqual(["adapter ChecksumTree", "shared ChecksumTree"]);
});

test("an option that is given as undefined is not given", async () => {
  await using server = await served(
    // As a caller does that knows no exact optional properties.
    nodeAdapter({ routes, readMaxBytes: undefined } as object as Parameters<typeof nodeAdapter>[0]),
  );
  const answer = await post(server.baseUrl + getPath, { body: " ".repeat(4 * 1024 * 1024 + 1) });
  expect(answer.status).toBe(429);
});

test("what no service matches goes to the fallback, in as far as it is well formed", async () => {
  const seen: (string | undefined)[] = [];
  await using server = await served(
    nodeAdapter({
      routes,
      requestPathPrefix: "/rpc",
      fallback(request, response) {
        seen.push(request.url);
        response.end("fallback");
      },
    }),
  );
  expect(await (await fetch(`${server.baseUrl}/page?x=1`)).text()).toBe("fallback");
  expect((await post(`${server.baseUrl}/rpc${getPath}`)).status).toBe(200);
  expect(await (await post(server.baseUrl + getPath)).text()).toBe("fallback");
  await using connection = await rawConnection(server.port);
  connection.send("GET //evil/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(await connection.closed).toMatch(/^HTTP\/1\.1 400 /);
  expect(seen).toEqual(["/page?x=1", getPath]);
});

test("what contextValues and fallback throw is an answer and an event", async () => {
  const events: NodeAdapterEvent[] = [];
  await using server = await served(
    nodeAdapter({
      routes,
      onEvent: (event) => events.push(event),
      contextValues() {
        throw "no context";
      },
      fallback({ url }, response) {
        if (url === "/late") {
          response.writeHead(200);
          response.write("begun");
        }
        throw new Error("no fallback");
      },
    }),
  );
  for (const path of [getPath, "/"]) {
    const answer = await post(server.baseUrl + path);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe("Internal error.\n");
  }
  await expect(post(`${server.baseUrl}/late`).then((answer) => answer.text())).rejects.toThrow();
  expect(events).toEqual([
    { kind: "handlerThrew", cause: "no context" },
    { kind: "handlerThrew", cause: new Error("no fallback") },
    { kind: "handlerThrew", cause: new Error("no fallback") },
  ]);
});

test("context values reach handlers", async () => {
  const key = createContextKey("");
  const seen: string[] = [];
  await using server = await served(
    nodeAdapter({
      routes(router) {
        router.service(Operations, {
          deleteOperation(_, { values }) {
            seen.push(values.get(key));
            return {};
          },
        });
      },
      contextValues: ({ httpVersion }) => createContextValues().set(key, httpVersion),
    }),
  );
  const transport = createConnectTransport({ baseUrl: server.baseUrl, httpVersion: "2" });
  await createClient(Operations, transport).deleteOperation({});
  expect(seen).toEqual(["2.0"]);
});

test("a body above 4 MiB is answered with RESOURCE_EXHAUSTED, also before it has all come", async () => {
  await using server = await served(nodeAdapter({ routes }));
  const { baseUrl } = server;
  for (const transport of [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createConnectTransport({ baseUrl, httpVersion: "2" }),
    createGrpcTransport({ baseUrl }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  ]) {
    const client = createClient(Operations, transport);
    await client.deleteOperation({ name: "x".repeat(4 * 1024 * 1024 - 100) });
    await expect(client.deleteOperation({ name: "x".repeat(5_000_000) })).rejects.toMatchObject({
      code: Code.ResourceExhausted,
    });
  }
  // Of unknown length, and on one connection, which has to survive.
  await using connection = await rawConnection(server.port);
  const head = `POST ${getPath} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  const chunk = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  connection.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`);
  await connection.until(/^HTTP\/1\.1 429 .*resource_exhausted/s);
  connection.send(`${chunk}0\r\n\r\n${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
  expect(await connection.closed).toMatch(/HTTP\/1\.1 404 .*operation not found/s);
});

test("a deadline may be long, unless maxTimeoutMs says otherwise", async () => {
  const deadlines: (number | undefined)[] = [];
  const noteDeadline = (_: unknown, context: HandlerContext) => {
    context.signal.throwIfAborted();
    deadlines.push(context.timeoutMs());
    return {};
  };
  const withDeadline = (router: ConnectRouter) =>
    router.service(Operations, { deleteOperation: noteDeadline });
  await using server = await served(nodeAdapter({ routes: withDeadline }));
  const path = `/${Operations.typeName}/DeleteOperation`;
  const ask = (baseUrl: string, headers: Record<string, string>) =>
    post(baseUrl + path, { headers: { ...json, ...headers }, body: "{}" });
  expect((await ask(server.baseUrl, {})).status).toBe(200);
  expect((await ask(server.baseUrl, { "connect-timeout-ms": "9999999999" })).status).toBe(200);
  const framed = { method: "POST", body: Buffer.alloc(5) };
  const web = { "content-type": "application/grpc-web+proto" };
  for (const timeout of ["99999999H", "596H", "597H", "99999999M", "99999999S", "99999999m"]) {
    const headers = { ...web, "grpc-timeout": timeout };
    const answer = await fetch(server.baseUrl + path, { ...framed, headers });
    expect(await answer.text()).toContain("grpc-status: 0");
  }
  const [none, ...given] = deadlines;
  expect(none).toBeUndefined();
  const minutes = given.map((deadline) => Math.ceil((deadline ?? 0) / 60_000));
  const most = Math.ceil(2 ** 31 / 60_000);
  expect(minutes).toEqual([most, most, 596 * 60, most, most, most, 1667]);

  await using limited = await served(nodeAdapter({ routes: withDeadline, maxTimeoutMs: 1000 }));
  expect((await ask(limited.baseUrl, { "connect-timeout-ms": "9999999999" })).status).toBe(400);
  // What is no deadline stays none.
  for (const timeout of ["12345678901", "x", "-1"]) {
    const answer = await ask(server.baseUrl, { "connect-timeout-ms": timeout });
    expect(answer.status).toBe(400);
  }
});

test("any number of calls may be in flight, with a shutdown signal, and none warns", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const shutdown = new AbortController();
  const started = new Set<AbortSignal>();
  const all = 300;
  const allStarted = new AbortController();
  await using server = await served(
    nodeAdapter({
      shutdownSignal: shutdown.signal,
      routes(router) {
        router.service(Operations, {
          async waitOperation(_, { signal }) {
            started.add(signal);
            if (started.size === 2 * all) {
              allStarted.abort();
            }
            await once(signal, "abort");
            throw new ConnectError("shutting down", Code.Unavailable);
          },
        });
      },
    }),
  );
  const { baseUrl } = server;
  const calls = [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
  ].flatMap((transport) => {
    const client = createClient(Operations, transport);
    return Array.from({ length: all }, () => client.waitOperation({}).catch((error) => error.code));
  });
  await once(allStarted.signal, "abort");
  shutdown.abort();
  expect(await Promise.all(calls)).toEqual(Array(2 * all).fill(Code.Unavailable));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
