// SPDX-License-Identifier: Apache-2.0

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumTreeResponseSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { readAny } from "../../src/index.ts";
import { type OperationsServer, operationsServer } from "./operations-server.ts";

// The published protos, and a client that knows nothing of ours.
const protos = dirname(fileURLToPath(import.meta.resolve("google-proto-files/package.json")));
const definition = loadSync(join(protos, "google/longrunning/operations.proto"), {
  includeDirs: [protos],
  defaults: true,
});
const OperationsClient = grpc.makeGenericClientConstructor(
  definition["google.longrunning.Operations"] as grpc.ServiceDefinition,
  "Operations",
);

interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

interface Operation {
  readonly name: string;
  readonly done: boolean;
  readonly metadata: Any | null;
  readonly response?: Any | null;
  readonly error?: { code: number; message: string; details: Any[] } | null;
}

let server: OperationsServer;
let client: grpc.Client;
let start: (root: string) => Promise<string>;

beforeEach(async () => {
  server = await operationsServer();
  client = new OperationsClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
  const checksum = createClient(
    ChecksumServiceOperations,
    createGrpcTransport({ baseUrl: server.baseUrl }),
  );
  start = async (root) => (await checksum.checksumTree({ root })).name;
});

afterEach(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

function call<Answer>(method: string, request: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = (
      definition["google.longrunning.Operations"] as grpc.ServiceDefinition
    )[method] as grpc.MethodDefinition<object, Answer>;
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + 10_000 },
      (error, answer) => (error ? reject(error) : resolve(answer as Answer)),
    );
  });
}

function messageOf({ type_url: typeUrl, value }: Any) {
  return { $typeName: "google.protobuf.Any" as const, typeUrl, value: new Uint8Array(value) };
}

test("all five methods answer", async () => {
  const name = await start("hang");
  expect(await call<Operation>("GetOperation", { name })).toMatchObject({ name, done: false });
  const waiting = call<Operation>("WaitOperation", { name, timeout: { seconds: 9 } });
  server.finish();
  const { done, response } = await waiting;
  expect(done).toBe(true);
  expect(response && readAny(messageOf(response), ChecksumTreeResponseSchema)).toMatchObject({
    kind: "message",
    message: { treeDigest: "abc", bytes: 2n ** 60n },
  });
  await call("CancelOperation", { name });
  const { operations } = await call<{ operations: Operation[] }>("ListOperations", {
    name: "operations",
  });
  expect(operations.map((operation) => operation.name)).toEqual([name]);
  await call("DeleteOperation", { name });
  await expect(call("GetOperation", { name })).rejects.toMatchObject({ code: 5 });
});

test("a failed operation is an answer, with its details and metadata", async () => {
  const name = await start("fail");
  const { error, metadata } = await call<Operation>("WaitOperation", { name });
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
