// SPDX-License-Identifier: Apache-2.0

import { create, createRegistry, type JsonValue } from "@bufbuild/protobuf";
import { type Any, AnySchema, FieldMaskSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { type ConnectRouter, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, expect, test, vi } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumTreeMetadataSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { failed, packAny, running, succeeded } from "../../src/index.ts";
import {
  type NodeAdapterEvent,
  type NodeAdapterOptions,
  nodeAdapter,
} from "../../src/node/index.ts";
import { HolderSchema, HolderService, holder, serveHolders } from "./holder-service.ts";
import { served } from "./served.ts";

const unknown = create(AnySchema, {
  typeUrl: "type.googleapis.com/nobody.v1.Knows",
  value: new Uint8Array([8, 1]),
});
const malformed = create(AnySchema, {
  typeUrl: "type.googleapis.com/checksum.v1.ChecksumTreeMetadata",
  value: new Uint8Array([255]),
});
const nameless = create(AnySchema, { typeUrl: "type.googleapis.com/" });
const wrapped = packAny(AnySchema, unknown);
// Valid protobuf, for which JSON has no form.
const inexpressible = packAny(FieldMaskSchema, { paths: ["camelCase"] });
const valueless = packAny(ValueSchema, {});
const known = packAny(ChecksumTreeMetadataSchema, { filesDone: 1n });
const knownJson = { "@type": known.typeUrl, filesDone: "1" };
const info = packAny(ErrorInfoSchema, { reason: "R", domain: "d" });
const infoJson = { "@type": info.typeUrl, reason: "R", domain: "d" };

function routesTo(operation: Operation) {
  return (router: ConnectRouter) => {
    router.service(ChecksumServiceOperations, {});
    router.service(Operations, {
      getOperation: () => operation,
      listOperations: () => ({ operations: [running({ name: "a", metadata: known }), operation] }),
    });
  };
}

async function post(url: string, body: JsonValue = {}): Promise<JsonValue> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}

async function adapted(options: NodeAdapterOptions) {
  const events: NodeAdapterEvent[] = [];
  const server = await served(nodeAdapter({ onEvent: (event) => events.push(event), ...options }));
  const omitted = () =>
    events.map((event) => (event.kind === "anyOmitted" ? event.typeUrl : event.kind));
  return Object.assign(server, { events, omitted });
}

afterEach(() => {
  vi.restoreAllMocks();
});

test.each<[string, Any]>([
  ["of a type that is not registered", unknown],
  ["whose value does not parse", malformed],
  ["whose URL names no type", nameless],
  ["that holds one of a type that is not registered", wrapped],
  ["whose value has no form in JSON", inexpressible],
  ["that is a Value without a value", valueless],
])("in JSON, metadata %s is left out, with an event", async (_, metadata) => {
  const operation = running({ name: "operations/a", metadata });
  await using server = await adapted({ routes: routesTo(operation) });
  const url = `${server.baseUrl}/${Operations.typeName}`;
  expect(await post(`${url}/GetOperation`)).toEqual({ name: "operations/a" });
  expect(server.events).toEqual([
    {
      kind: "anyOmitted",
      method: Operations.method.getOperation,
      typeUrl: metadata.typeUrl,
      cause: expect.any(Error),
    },
  ]);
  expect(await post(`${url}/ListOperations`)).toEqual({
    operations: [{ name: "a", metadata: knownJson }, { name: "operations/a" }],
  });
  expect(operation.metadata).toEqual(metadata);
});

test("in JSON, a response is left out, and of details only what has to be", async () => {
  const done = succeeded({ name: "a", response: unknown, metadata: known });
  await using server = await adapted({ routes: routesTo(done) });
  const path = `/${Operations.typeName}/GetOperation`;
  expect(await post(server.baseUrl + path)).toEqual({ name: "a", done: true, metadata: knownJson });
  const error = { code: 5, message: "gone", details: [unknown, info, malformed] };
  await using other = await adapted({ routes: routesTo(failed({ name: "a", error })) });
  expect(await post(other.baseUrl + path)).toEqual({
    name: "a",
    done: true,
    error: { ...error, details: [infoJson] },
  });
  expect(other.omitted()).toEqual([unknown.typeUrl, malformed.typeUrl]);
});

test("in binary, all is as it was", async () => {
  const operation = succeeded({ name: "a", response: unknown, metadata: malformed });
  await using server = await adapted({ routes: routesTo(operation) });
  const { baseUrl } = server;
  for (const transport of [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
  ]) {
    const { metadata, result } = await createClient(Operations, transport).getOperation({});
    expect(metadata?.typeUrl).toBe(malformed.typeUrl);
    expect([...(metadata?.value ?? [])]).toEqual([255]);
    expect(result.value?.$typeName).toBe(AnySchema.typeName);
  }
  expect(server.events).toEqual([]);
});

test("wherever a message holds one, in unary answers, to a GET, and in streams", async () => {
  const full = holder({
    one: unknown,
    many: [known, unknown, info, unknown],
    byName: { a: unknown, b: known },
    pick: { case: "chosen", value: unknown },
    child: { one: known, many: [unknown], note: "child" },
    children: [{ one: unknown, note: "first" }, { one: info }],
    note: "top",
  });
  const expected = {
    many: [knownJson, infoJson],
    byName: { b: knownJson },
    child: { one: knownJson, note: "child" },
    children: [{ note: "first" }, { one: infoJson }],
    note: "top",
  };
  await using server = await adapted({
    routes(router) {
      router.service(ChecksumServiceOperations, {});
      serveHolders(router, {
        getHolder: () => full,
        async *streamHolders() {
          yield full;
          yield holder({ note: "untouched", one: known });
        },
      });
    },
  });
  const url = `${server.baseUrl}/${HolderService.typeName}`;
  expect(await post(`${url}/GetHolder`)).toEqual(expected);
  expect(server.omitted()).toEqual(Array(7).fill(unknown.typeUrl));
  const got = await fetch(`${url}/GetHolder?encoding=json&message=%7B%7D`);
  expect(await got.json()).toEqual(expected);
  const binary = await fetch(`${url}/GetHolder?encoding=proto&message=`);
  expect(binary.headers.get("content-type")).toBe("application/proto");
  expect(server.events).toHaveLength(14);

  const request = JSON.stringify({});
  const streamed = await fetch(`${url}/StreamHolders`, {
    method: "POST",
    headers: { "content-type": "application/connect+json" },
    body: Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), Buffer.from(request)]),
  });
  const messages = [...enveloped(Buffer.from(await streamed.arrayBuffer()))];
  expect(messages).toEqual([expected, { note: "untouched", one: knownJson }, {}]);
});

function* enveloped(bytes: Buffer): Generator<JsonValue> {
  for (let rest = bytes; rest.length > 0; ) {
    const end = 5 + rest.readUInt32BE(1);
    yield JSON.parse(rest.toString("utf8", 5, end));
    rest = rest.subarray(end);
  }
}

test("types of the user's registry are known, and so are those of a service's own", async () => {
  const metadata = packAny(HolderSchema, holder({ note: "a" }));
  const operation = running({ name: "a", metadata });
  await using without = await adapted({ routes: routesTo(operation) });
  const path = `/${Operations.typeName}/GetOperation`;
  expect(await post(without.baseUrl + path)).toEqual({ name: "a" });

  const registry = createRegistry(HolderSchema);
  await using withRegistry = await adapted({
    routes: routesTo(operation),
    jsonOptions: { registry },
  });
  const spelledOut = { name: "a", metadata: { "@type": metadata.typeUrl, note: "a" } };
  expect(await post(withRegistry.baseUrl + path)).toEqual(spelledOut);

  await using withOwn = await adapted({
    routes(router) {
      router.service(
        Operations,
        {
          getOperation: () => operation,
          listOperations: () => ({ operations: [running({ name: "b", metadata: known })] }),
        },
        { jsonOptions: { registry } },
      );
      router.service(ChecksumServiceOperations, {});
    },
  });
  expect(await post(withOwn.baseUrl + path)).toEqual(spelledOut);
  // Also what services bring that are registered later.
  expect(await post(`${withOwn.baseUrl}/${Operations.typeName}/ListOperations`)).toEqual({
    operations: [{ name: "b", metadata: knownJson }],
  });
  expect(withOwn.events).toEqual([]);
});

test("in a request in JSON, an Any of a type that is not registered is the client's mistake", async () => {
  await using server = await adapted({
    routes(router) {
      serveHolders(router, { getHolder: (request) => request });
    },
  });
  const url = `${server.baseUrl}/${HolderService.typeName}/GetHolder`;
  const one = { "@type": `type.googleapis.com/${HolderSchema.typeName}`, note: "within" };
  expect(await post(url, { one })).toEqual({ one });
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ one: { "@type": unknown.typeUrl } }),
  });
  expect(answer.status).toBe(400);
});

test("unless told otherwise, the console is told, once for each type", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const routes = routesTo(succeeded({ name: "a", metadata: unknown, response: malformed }));
  await using server = await served(nodeAdapter({ routes }));
  for (let i = 0; i < 3; i++) {
    await post(`${server.baseUrl}/${Operations.typeName}/GetOperation`);
  }
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    expect.stringContaining(`GetOperation answered in JSON without a "${unknown.typeUrl}"`),
    expect.stringContaining(`without a "${malformed.typeUrl}"`),
  ]);
});
