// SPDX-License-Identifier: Apache-2.0

import { fromBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumTreeResponseSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { readAny } from "../../src/index.ts";
import {
  type GrpcAny,
  type GrpcJsClient,
  type GrpcOperation,
  grpcJsClient,
} from "./grpc-js-client.ts";
import { type OperationsServer, operationsServer } from "./operations-server.ts";

let server: OperationsServer;
let client: GrpcJsClient;
let call: GrpcJsClient["call"];
let start: (root: string) => Promise<string>;

beforeEach(async () => {
  server = await operationsServer();
  client = grpcJsClient(server.port);
  call = client.call;
  const checksum = createClient(
    ChecksumServiceOperations,
    createGrpcTransport({ baseUrl: server.baseUrl }),
  );
  start = async (root) => (await checksum.checksumTree({ root })).name;
});

afterEach(async () => {
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function messageOf({ type_url: typeUrl, value }: GrpcAny) {
  return { $typeName: "google.protobuf.Any" as const, typeUrl, value: new Uint8Array(value) };
}

test("all five methods answer", async () => {
  const name = await start("hang");
  expect(await call<GrpcOperation>("GetOperation", { name })).toMatchObject({ name, done: false });
  const waiting = call<GrpcOperation>("WaitOperation", { name, timeout: { seconds: 9 } });
  server.finish();
  const { done, response } = await waiting;
  expect(done).toBe(true);
  expect(response && readAny(messageOf(response), ChecksumTreeResponseSchema)).toMatchObject({
    kind: "message",
    message: { treeDigest: "abc", bytes: 2n ** 60n },
  });
  await call("CancelOperation", { name });
  const { operations } = await call<{ operations: GrpcOperation[] }>("ListOperations", {
    name: "operations",
  });
  expect(operations.map((operation) => operation.name)).toEqual([name]);
  await call("DeleteOperation", { name });
  await expect(call("GetOperation", { name })).rejects.toMatchObject({ code: 5 });
});

test("a failed operation is an answer, with its details and metadata", async () => {
  const name = await start("fail");
  const { error, metadata } = await call<GrpcOperation>("WaitOperation", { name });
  expect(error).toMatchObject({ code: 9, message: "the tree is on fire" });
  expect(error?.details.map(({ type_url: typeUrl }) => typeUrl)).toEqual([
    "type.googleapis.com/google.rpc.BadRequest",
    "type.googleapis.com/google.rpc.DebugInfo",
  ]);
  expect(metadata?.type_url).toBe("type.googleapis.com/checksum.v1.ChecksumTreeMetadata");
});

test("a failed call carries its details in the trailers", async () => {
  const error = await call("GetOperation", { name: "nonsense" }).catch((e: grpc.ServiceError) => e);
  const { code, metadata } = error as grpc.ServiceError;
  expect(code).toBe(grpc.status.INVALID_ARGUMENT);
  const [trailer] = metadata.get("grpc-status-details-bin");
  const status = fromBinary(StatusSchema, new Uint8Array(trailer as Buffer));
  expect(status.details.map((detail) => readAny(detail, ErrorInfoSchema))).toMatchObject([
    { kind: "message", message: { reason: "NAME_INVALID", domain: "checksum.test" } },
    { kind: "mismatch" },
  ]);
});
