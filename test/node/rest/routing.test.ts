// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import { fromBinary } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import fastify from "fastify";
import { expect, test } from "vitest";
import { OperationSchema, Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { type NodeAdapterEvent, nodeAdapter, nodeRestAdapter } from "../../../src/node/index.ts";
import { createRestHandler } from "../../../src/rest/index.ts";
import { library } from "../../rest/library.ts";
import { served } from "../served.ts";
import { routes } from "../tiny-service.ts";
import { httpClients } from "./http-client.ts";
import { libraryRoutes, serveLibrary } from "./library-server.ts";

const getShelf = { getShelf: ({ name }: { name: string }) => ({ name }) };

/** Status and body of a GET, or of a POST if there is a body. */
async function call(url: string, body?: unknown): Promise<[number, unknown]> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(url, { ...init, headers: { "content-type": "application/json" } });
  const text = await answer.text();
  return [answer.status, text.startsWith("{") ? JSON.parse(text) : text];
}

const name = "operations/running";
const running = {
  name,
  metadata: {
    "@type": "type.googleapis.com/checksum.v1.ChecksumTreeMetadata",
    filesDone: "7",
    currentPath: "a/b",
  },
};

test("operations are resources", async () => {
  await using server = await served(nodeAdapter({ routes }));
  const operations = `${server.baseUrl}/v1/operations`;
  expect(await call(`${operations}/running`)).toEqual([200, running]);
  expect(await call(operations)).toMatchObject([200, { operations: [running, {}, {}] }]);
  expect(await call(`${operations}/succeeded`)).toMatchObject([
    200,
    { done: true, response: { files: String(2n ** 60n) } },
  ]);
  // A failed operation is no failed call.
  expect(await call(`${operations}/failed`)).toMatchObject([
    200,
    { done: true, error: { code: 5, details: [{ reason: "TREE_GONE" }] } },
  ]);
  expect(await call(`${operations}/none`)).toMatchObject([404, { error: { status: "NOT_FOUND" } }]);
  const deleted = await fetch(`${operations}/running`, { method: "DELETE" });
  expect([deleted.status, await deleted.text()]).toEqual([200, "{}"]);
  expect(await call(`${operations}/running:cancel`, {})).toMatchObject([501, {}]);
});

test("WaitOperation has a path, unless it shall have none", async () => {
  const waiting = (router: ConnectRouter) =>
    router.service(Operations, {
      getOperation: ({ name }) => ({ name }),
      waitOperation: ({ name, timeout }) => ({ name, done: timeout?.seconds === 3n }),
    });
  const path = "/v1/operations/a:wait";
  await using server = await served(nodeAdapter({ routes: waiting }));
  expect(await call(server.baseUrl + path, { timeout: "3s" })).toEqual([
    200,
    { name: "operations/a", done: true },
  ]);
  await using without = await served(nodeAdapter({ routes: waiting, rest: { wait: false } }));
  expect(await call(without.baseUrl + path, {})).toMatchObject([405, {}]);
  expect(await call(without.baseUrl + path)).toEqual([200, { name: "operations/a:wait" }]);
});

test("rules replace those of their method; the last one wins", async () => {
  const selector = "google.longrunning.Operations.GetOperation";
  const rule = (path: string) => ({ selector, pattern: { case: "get" as const, value: path } });
  await using server = await served(
    nodeAdapter({
      routes,
      rest: {
        rules: [
          rule("/v1/{name=first/**}"),
          {
            ...rule("/v2/{name=operations/*}"),
            additionalBindings: [
              rule("/v3/ops/{name}"),
              { ...rule("/v4:{name}"), ...rule("/v4/{name=**}:read") },
            ],
          },
        ],
      },
    }),
  );
  const { baseUrl } = server;
  expect(await call(`${baseUrl}/v2/${name}`)).toEqual([200, running]);
  expect(await call(`${baseUrl}/v3/ops/operations%2Frunning`)).toEqual([200, running]);
  expect(await call(`${baseUrl}/v4/${name}:read`)).toEqual([200, running]);
  expect(await call(`${baseUrl}/v1/first/a`)).toMatchObject([404, {}]);
  expect(await call(`${baseUrl}/v1/${name}`)).toMatchObject([405, {}]);
  expect((await call(`${baseUrl}/v1/operations`))[0]).toBe(200);
});

test("rules that cannot be used are all told at start-up", () => {
  const selector = "google.longrunning.Operations.GetOperation";
  const rules = [{ selector, pattern: { case: "get" as const, value: "/v1/{nome}/{" } }];
  expect(() => nodeAdapter({ routes, rest: { rules } })).toThrow(
    /google\.longrunning\.Operations\/GetOperation: GET "\/v1\/\{nome\}\/\{"/,
  );
  const dangling = [{ selector: "google.longrunning.Operations.Get" }];
  expect(() => nodeRestAdapter({ routes, rules: dangling })).toThrow("Operations.Get");
});

test("the path of an RPC is that RPC's, whatever a rule says", async () => {
  const path = `/${library.typeName}/GetShelf`;
  const rule = (pattern: "get" | "post", value: string) => ({
    selector: "acme.v1.Library.GetShelf",
    pattern: { case: pattern, value } as { case: "get"; value: string },
    additionalBindings: [{ pattern: { case: "post" as const, value: "/{name=**}" }, body: "*" }],
  });
  await using server = await serveLibrary(getShelf, {
    rest: { rules: [rule("get", "/{name=**}")] },
  });
  expect(await call(server.baseUrl + path, { name: "connect" })).toEqual([
    200,
    { name: "connect" },
  ]);
  expect(await call(`${server.baseUrl}${path}s`, {})).toEqual([200, { name: `${path}s`.slice(1) }]);
  const get = await fetch(server.baseUrl + path);
  expect(get.status).toBe(405);
});

test("what no rule has goes to the fallback; what is only called wrongly does not", async () => {
  await using server = await serveLibrary(getShelf, {
    fallback: ({ url }, response) => {
      response.end(`fallback ${url}`);
    },
  });
  expect(await call(`${server.baseUrl}/page?x`)).toEqual([200, "fallback /page?x"]);
  expect(await call(`${server.baseUrl}/v1/shelves/7`, {})).toMatchObject([405, {}]);
  expect(await call(`${server.baseUrl}/v1/shelves/%ff`)).toMatchObject([400, {}]);
});

test("a prefix stands before all paths", async () => {
  await using server = await serveLibrary(getShelf, { requestPathPrefix: "/api" });
  expect(await call(`${server.baseUrl}/api/v1/shelves/7`)).toEqual([200, { name: "shelves/7" }]);
  expect(await call(`${server.baseUrl}/v1/shelves/7`)).toMatchObject([404, {}]);
  expect(await call(`${server.baseUrl}/apiv1/shelves/7`)).toMatchObject([404, {}]);
});

test("there is no REST where none is wanted", async () => {
  await using server = await serveLibrary(getShelf, { rest: false });
  expect(await call(`${server.baseUrl}/v1/shelves/7`)).toEqual([404, ""]);
});

test("unknown parameters are refused, unless they are to be ignored", async () => {
  await using strict = await serveLibrary(getShelf);
  expect(await call(`${strict.baseUrl}/v1/shelves/7?nope=1`)).toMatchObject([400, {}]);
  await using lax = await serveLibrary(getShelf, { rest: { ignoreUnknownQuery: true } });
  expect(await call(`${lax.baseUrl}/v1/shelves/7?nope=1`)).toEqual([200, { name: "shelves/7" }]);
});

test("of two implementations, and of methods one by one, the last is called", async () => {
  await using server = await served(
    nodeAdapter({
      routes(router) {
        libraryRoutes({ getShelf: () => ({ theme: "first" }) })(router);
        libraryRoutes({ getShelf: () => ({ theme: "second" }) })(router);
      },
    }),
  );
  expect(await call(`${server.baseUrl}/v1/shelves/7`)).toEqual([200, { theme: "second" }]);
  await using alone = await served(
    nodeAdapter({
      routes(router) {
        router.rpc(Operations.method.getOperation, ({ name }) => ({ name }));
      },
    }),
  );
  expect(await call(`${alone.baseUrl}/v1/operations/a`)).toEqual([200, { name: "operations/a" }]);
  expect(await call(`${alone.baseUrl}/v1/operations`)).toMatchObject([404, {}]);
});

test("an Any of an unknown type is left out, and told of", async () => {
  const events: NodeAdapterEvent[] = [];
  const operation = fromBinary(OperationSchema, new Uint8Array());
  const metadata = {
    $typeName: "google.protobuf.Any" as const,
    typeUrl: "x/no.Such",
    value: new Uint8Array(),
  };
  const answering = (router: ConnectRouter) =>
    router.service(Operations, { getOperation: ({ name }) => ({ ...operation, name, metadata }) });
  const onEvent = (event: NodeAdapterEvent) => events.push(event);
  await using server = await served(nodeAdapter({ routes: answering, onEvent }));
  expect(await call(`${server.baseUrl}/v1/operations/a`)).toEqual([200, { name: "operations/a" }]);
  await using alone = await served(nodeRestAdapter({ routes: answering, onEvent }));
  expect(await call(`${alone.baseUrl}/v1/operations/a`)).toEqual([200, { name: "operations/a" }]);
  expect(events).toMatchObject(
    Array(2).fill({
      kind: "anyOmitted",
      typeUrl: "x/no.Such",
      method: { name: "GetOperation" },
    }),
  );
});

test("REST alone leaves what it does not know to whatever comes next", async () => {
  const rest = nodeRestAdapter({ routes: libraryRoutes(getShelf) });
  await using middle = await served((request, response) =>
    rest(request, response, () => response.end("next")),
  );
  expect(await call(`${middle.baseUrl}/v1/shelves/7`)).toEqual([200, { name: "shelves/7" }]);
  expect(await call(`${middle.baseUrl}/page`)).toEqual([200, "next"]);
  expect(await call(`${middle.baseUrl}/v1/shelves/7`, {})).toMatchObject([405, {}]);
  await using last = await served(rest);
  expect(await call(`${last.baseUrl}/page`)).toMatchObject([404, { error: { code: 404 } }]);
  using raw = httpClients["HTTP/1.1"](last.port);
  expect((await raw.send({ method: "GET", target: "/v1/shelves/../a" })).status).toBe(400);
});

test("it is a hook of Fastify", async () => {
  const rest = nodeRestAdapter({
    routes: libraryRoutes({ createShelf: ({ shelf }) => ({ theme: shelf.theme }) }),
  });
  const app = fastify();
  app.addHook("onRequest", ({ raw }, reply, next) => rest(raw, reply.raw, next));
  app.get("/page", async () => "page");
  try {
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    expect(await call(`${url}/v1/shelves`, { theme: "sea" })).toEqual([200, { theme: "sea" }]);
    expect(await call(`${url}/page`)).toEqual([200, "page"]);
  } finally {
    await app.close();
  }
});

test("a body that was parsed before is taken as it was parsed", async () => {
  const rest = nodeRestAdapter({
    routes: libraryRoutes({ createShelf: ({ shelf }) => ({ theme: shelf.theme }) }),
  });
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    rest(Object.assign(request, { body }), response);
  });
  try {
    const url = await new Promise<string>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
      });
    });
    expect(await call(`${url}/v1/shelves`, { theme: "sea" })).toEqual([200, { theme: "sea" }]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("it is a fetch handler with connect's own adapter", async () => {
  const handle = createFetchHandler(
    createRestHandler({
      routes: libraryRoutes({
        ...getShelf,
        createShelf: ({ shelf }) => ({ theme: shelf.theme }),
        async *watch() {
          yield { name: "a" };
          yield { name: "b" };
        },
      }),
      requestPathPrefix: "/api",
      readMaxBytes: 100,
    }),
  );
  const send = async (path: string, init?: RequestInit) => {
    const answer = await handle(new Request(`http://host/api${path}`, init));
    return [answer.status, await answer.json()];
  };
  expect(await send("/v1/shelves/7?")).toEqual([200, { name: "shelves/7" }]);
  expect(await send("/v1/shelves:watch")).toEqual([200, [{ name: "a" }, { name: "b" }]]);
  const headers = { "content-type": "application/json" };
  const post = (body: string) => send("/v1/shelves", { method: "POST", body, headers });
  expect(await post(`{"theme":"sea"}`)).toEqual([200, { theme: "sea" }]);
  expect(await post(" ".repeat(101))).toMatchObject([413, { error: { code: 413 } }]);
  expect(await send("/v2")).toMatchObject([404, { error: { code: 404 } }]);
});
