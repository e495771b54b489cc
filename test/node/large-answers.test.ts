// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { nodeAdapter } from "../../src/node/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";
import { newOperation } from "../server/new-operation.ts";
import { type GrpcOperation, grpcJsClient } from "./grpc-js-client.ts";
import { served } from "./served.ts";

const mebibyte = 1024 * 1024;

async function serving() {
  const store = memoryStore();
  const operations = createOperations({ store });
  const checksum = operations.implement(ChecksumServiceOperations, {
    // The root says how large the metadata and the response are to be, tag and length included.
    async checksumTree({ root }, operation) {
      const [metadataBytes = 0, responseBytes = 0] = root.split(" ").map(Number);
      await operation.report({ currentPath: textOf(metadataBytes) });
      return { treeDigest: textOf(responseBytes) };
    },
  });
  operations.work();
  const server = await served(
    nodeAdapter({
      routes(router) {
        operations.routes(router);
        router.service(ChecksumServiceOperations, checksum);
      },
    }),
  );
  const transport = createGrpcTransport({ baseUrl: server.baseUrl });
  const client = grpcJsClient(server.port);
  return {
    store,
    client,
    checksum: createClient(ChecksumServiceOperations, transport),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await operations.close({ drainMs: 0 });
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A text that takes so many bytes as a field, for lengths of three bytes in varint. */
function textOf(bytes: number): string {
  const lengthBytes = bytes > 2 ** 21 ? 4 : 3;
  return "x".repeat(bytes - 1 - lengthBytes);
}

/** For messages that take long to compare. */
function digestOf(operation: GrpcOperation): string {
  return createHash("sha256").update(JSON.stringify(operation)).digest("hex");
}

describe("a gRPC client that receives 4 MiB at most", () => {
  const limit = 4 * mebibyte - 64 * 1024 - 4096;
  const maxMetadataBytes = 64 * 1024;

  test.each([
    { metadataBytes: maxMetadataBytes, responseBytes: limit - maxMetadataBytes },
    { metadataBytes: 20_000, responseBytes: limit - 20_000 },
  ])("reads the largest operation there can be: %j", async (row) => {
    await using server = await serving();
    const sizes = async (metadataBytes: number, responseBytes: number) => {
      const root = `${metadataBytes} ${responseBytes}`;
      const { name } = await server.checksum.checksumTree({ root });
      const waited = await server.client.call<GrpcOperation>("WaitOperation", { name });
      const got = await server.client.call<GrpcOperation>("GetOperation", { name });
      expect(digestOf(got)).toBe(digestOf(waited));
      const { operations } = await server.client.call<{ operations: GrpcOperation[] }>(
        "ListOperations",
        { pageSize: 1 },
      );
      expect(operations.map(digestOf)).toEqual([digestOf(got)]);
      return [got.metadata?.value.length, got.response?.value.length, got.error?.code];
    };
    const { metadataBytes, responseBytes } = row;
    expect(await sizes(metadataBytes, responseBytes)).toEqual([
      metadataBytes,
      responseBytes,
      undefined,
    ]);
    expect(await sizes(metadataBytes, responseBytes + 1)).toEqual([metadataBytes, undefined, 8]);
  });

  test("lists a thousand large operations, each once, newest first", async () => {
    await using server = await serving();
    const names: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      // Among them some of the largest, next to each other and alone.
      const largest = i % 100 < 2;
      const name = `operations/${i}`;
      const metadata = { typeUrl: "type.example/m", value: new Uint8Array(1_000) };
      const value = largest ? largestValue : largeValue;
      const result = { kind: "response", response: { typeUrl: "type.example/r", value } } as const;
      await server.store.insert(newOperation(name, { metadata }), { kind: "done", result });
      names.unshift(name);
    }
    const listed: string[] = [];
    let pages = 0;
    for (let pageToken: string | undefined = ""; pageToken !== undefined; pages++) {
      const page: { operations: GrpcOperation[]; nextPageToken: string } = await server.client.call(
        "ListOperations",
        { pageSize: 1_000, pageToken },
      );
      expect(page.operations.length).toBeGreaterThan(0);
      listed.push(...page.operations.map(({ name }) => name));
      pageToken = page.nextPageToken === "" ? undefined : page.nextPageToken;
    }
    expect(listed).toEqual(names);
    // As few pages as there can be, more or less.
    expect(pages).toBeLessThan((1_000 * largeValue.length) / (2.5 * mebibyte) + 60);
  });

  const largeValue = new Uint8Array(60_000);
  const largestValue = new Uint8Array(limit - 1_000);
});
