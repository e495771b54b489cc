// SPDX-License-Identifier: Apache-2.0

import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import {
  GetOperationRequestSchema,
  type Operation,
  OperationSchema,
  Operations,
} from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { operationRegistry, outcomeOf } from "../../src/index.ts";
import { nodeAdapter } from "../../src/node/index.ts";
import { type Served, served, tls } from "./served.ts";
import { routes, stored } from "./tiny-service.ts";

const types = { response: ChecksumTreeResponseSchema, metadata: ChecksumTreeMetadataSchema };
const jsonOptions = { registry: operationRegistry(ChecksumService) };
const http1 = { httpVersion: "1.1", nodeOptions: { ca: tls.cert, agent: false } } as const;
const http2 = { httpVersion: "2", nodeOptions: { ca: tls.cert } } as const;
const json = { useBinaryFormat: false, jsonOptions } as const;
const binary = { useBinaryFormat: true } as const;

// biome-ignore format: a table reads better.
const transports: Record<string, (baseUrl: string) => Transport> = {
  "Connect, JSON, HTTP/1.1":    (baseUrl) => createConnectTransport({ baseUrl, ...http1, ...json }),
  "Connect, JSON, HTTP/2":      (baseUrl) => createConnectTransport({ baseUrl, ...http2, ...json }),
  "Connect, binary, HTTP/1.1":  (baseUrl) => createConnectTransport({ baseUrl, ...http1, ...binary }),
  "Connect, binary, HTTP/2":    (baseUrl) => createConnectTransport({ baseUrl, ...http2, ...binary }),
  "gRPC, binary, HTTP/2":       (baseUrl) => createGrpcTransport({ baseUrl, ...http2, ...binary }),
  "gRPC, JSON, HTTP/2":         (baseUrl) => createGrpcTransport({ baseUrl, ...http2, ...json }),
  "gRPC-Web, binary, HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, ...http1, ...binary }),
  "gRPC-Web, JSON, HTTP/1.1":   (baseUrl) => createGrpcWebTransport({ baseUrl, ...http1, ...json }),
  "gRPC-Web, binary, HTTP/2":   (baseUrl) => createGrpcWebTransport({ baseUrl, ...http2, ...binary }),
};

describe.each([
  ["cleartext", undefined],
  ["TLS", { tls }],
])("one port, %s", (_, options) => {
  let server: Served;

  beforeAll(async () => {
    server = await served(nodeAdapter({ routes }), options);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(Object.entries(transports))("%s", async (_name, transport) => {
    const client = createClient(Operations, transport(server.baseUrl));
    for (const [name, operation] of Object.entries(stored)) {
      const got = await client.getOperation({ name });
      expect(equals(OperationSchema, got, operation)).toBe(true);
      expect(outcomeOf(got, types).metadata).toMatchObject({ filesDone: 7n });
    }
    const { operations } = await client.listOperations({});
    expect(operations.map(({ name }) => name)).toEqual(Object.keys(stored));
    const error = await client.getOperation({ name: "operations/none" }).catch((e) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "operation not found" });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "OPERATION_NOT_FOUND" }]);
  });

  test("@grpc/grpc-js", async () => {
    const credentials =
      options === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(tls.cert);
    const client = new grpc.Client(new URL(server.baseUrl).host, credentials);
    const getOperation = (name: string) =>
      new Promise<Operation | undefined>((resolve, reject) => {
        client.makeUnaryRequest(
          "/google.longrunning.Operations/GetOperation",
          (request: { name: string }) =>
            Buffer.from(
              toBinary(GetOperationRequestSchema, create(GetOperationRequestSchema, request)),
            ),
          (bytes) => fromBinary(OperationSchema, bytes),
          { name },
          (error, operation) => (error === null ? resolve(operation) : reject(error)),
        );
      });
    try {
      for (const name of Object.keys(stored)) {
        const operation = await getOperation(name);
        expect(operation && equals(OperationSchema, operation, stored[name] ?? operation)).toBe(
          true,
        );
      }
      await expect(getOperation("operations/none")).rejects.toMatchObject({
        code: grpc.status.NOT_FOUND,
        details: "operation not found",
      });
    } finally {
      client.close();
    }
  });
});

test("what fetch posts as JSON is answered as JSON, types spelled out", async () => {
  await using server = await served(nodeAdapter({ routes }));
  const post = (name: string) =>
    fetch(`${server.baseUrl}/google.longrunning.Operations/GetOperation`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  const answer = await post("operations/succeeded");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    name: "operations/succeeded",
    done: true,
    metadata: {
      "@type": "type.googleapis.com/checksum.v1.ChecksumTreeMetadata",
      filesDone: "7",
      currentPath: "a/b",
    },
    response: {
      "@type": "type.googleapis.com/checksum.v1.ChecksumTreeResponse",
      treeDigest: "abc",
      files: String(2n ** 60n),
    },
  });
  const failed = await (await post("operations/failed")).json();
  expect(failed.error.details).toEqual([
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "TREE_GONE",
      domain: "checksum.test",
    },
  ]);
  const missing = await post("operations/none");
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({
    code: "not_found",
    details: [{ type: "google.rpc.ErrorInfo", debug: { reason: "OPERATION_NOT_FOUND" } }],
  });
});
