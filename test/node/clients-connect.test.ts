// SPDX-License-Identifier: Apache-2.0

import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import {
  BadRequestSchema,
  DebugInfoSchema,
  ErrorInfoSchema,
  ResourceInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { operationRegistry, outcomeOf } from "../../src/index.ts";
import { createRestTransport } from "../../src/rest/index.ts";
import { type OperationsServer, operationsServer } from "./operations-server.ts";

const types = ChecksumServiceOperations.operations.checksumTree;
const registry = operationRegistry(ChecksumServiceOperations);
const json = { useBinaryFormat: false, jsonOptions: { registry } };

// biome-ignore format: a table reads better.
const transports: Record<string, (baseUrl: string) => Transport> = {
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "Connect in JSON": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", ...json }),
  "gRPC": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC in JSON": (baseUrl) => createGrpcTransport({ baseUrl, ...json }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "REST": (baseUrl) => createRestTransport({ baseUrl }),
};

let server: OperationsServer;
let checksum: Client<typeof ChecksumServiceOperations>;
let operations: Client<typeof Operations>;

describe.each(Object.entries(transports))("%s", (_, createTransport) => {
  beforeEach(async () => {
    server = await operationsServer();
    const transport = createTransport(server.baseUrl);
    checksum = createClient(ChecksumServiceOperations, transport);
    operations = createClient(Operations, transport);
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  test("an operation succeeds while somebody waits", async () => {
    const { name } = await checksum.checksumTree({ root: "hang" });
    const early = await operations.waitOperation({ name, timeout: { nanos: 20_000_000 } });
    expect(early.done).toBe(false);
    const waiting = operations.waitOperation({ name });
    server.finish();
    expect(outcomeOf(await waiting, types)).toMatchObject({
      kind: "succeeded",
      response: { treeDigest: "abc", bytes: 2n ** 60n },
      metadata: { filesDone: 1n, currentPath: "a/b" },
    });
    expect(outcomeOf(await operations.getOperation({ name }), types).kind).toBe("succeeded");
  });

  test("a failed operation keeps its code, message, details and metadata", async () => {
    const { name } = await checksum.checksumTree({ root: "fail" });
    const outcome = outcomeOf(await operations.waitOperation({ name }), types);
    expect(outcome).toMatchObject({ kind: "failed", metadata: { currentPath: "a/b" } });
    if (outcome.kind === "failed") {
      expect(outcome.error.code).toBe(Code.FailedPrecondition);
      expect(outcome.error.rawMessage).toBe("the tree is on fire");
      expect(outcome.error.findDetails(BadRequestSchema)).toMatchObject([
        { fieldViolations: [{ field: "root" }] },
      ]);
      expect(outcome.error.findDetails(DebugInfoSchema)).toMatchObject([{ detail: "hot" }]);
    }
  });

  test("an operation is cancelled, and stays", async () => {
    const { name } = await checksum.checksumTree({ root: "hang" });
    const waiting = operations.waitOperation({ name });
    await operations.cancelOperation({ name });
    expect(outcomeOf(await waiting, types).kind).toBe("cancelled");
    await operations.cancelOperation({ name });
    expect(outcomeOf(await operations.getOperation({ name }), types).kind).toBe("cancelled");
  });

  test("operations are listed in pages, and deleted", async () => {
    const names = [];
    for (let i = 0; i < 3; i++) {
      names.unshift((await checksum.checksumTree({ root: `${i}` })).name);
    }
    const first = await operations.listOperations({ name: "operations", pageSize: 2 });
    expect(first.operations.map(({ name }) => name)).toEqual(names.slice(0, 2));
    const second = await operations.listOperations({
      name: "operations",
      pageToken: first.nextPageToken,
    });
    expect(second.operations.map(({ name }) => name)).toEqual(names.slice(2));
    expect(second.nextPageToken).toBe("");
    for (const name of names) {
      await operations.deleteOperation({ name });
    }
    expect((await operations.listOperations({ name: "operations" })).operations).toEqual([]);
  });

  test.each(["getOperation", "waitOperation"] as const)(
    "an error of %s keeps its code and details",
    async (method) => {
      const error = await operations[method]({ name: "operations/none" }).catch(ConnectError.from);
      expect(error).toBeInstanceOf(ConnectError);
      if (error instanceof ConnectError) {
        expect(error.code).toBe(Code.NotFound);
        expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
          { reason: "OPERATION_NOT_FOUND", domain: "checksum.test" },
        ]);
        expect(error.findDetails(ResourceInfoSchema)).toMatchObject([
          { resourceName: "operations/none" },
        ]);
      }
    },
  );

  test("ordinary methods are served beside", async () => {
    expect((await checksum.listAlgorithms({})).algorithms).toEqual(["sha256"]);
  });
});
