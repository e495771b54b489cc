// SPDX-License-Identifier: Apache-2.0

// A server of operations, and of a method that echoes messages of any depth, which tells its parent
// what it holds. Whatever goes wrong in it ends it or shows on its console.

import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  AnySchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_struct,
  MethodOptions_IdempotencyLevel,
  StructSchema,
} from "@bufbuild/protobuf/wkt";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

/** What the server holds once its garbage is collected. */
export interface Held {
  readonly heapBytes: number;
  /** Buffers and other memory that objects of the heap keep outside of it. */
  readonly externalBytes: number;
  readonly residentBytes: number;
  readonly sockets: number;
}

const limits = JSON.parse(process.argv[2] ?? "{}") as {
  readonly server?: object;
  readonly adapter?: object;
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Takes and gives back the two types that hold themselves. */
function echoService(): DescService {
  const method = (name: string, typeName: string) => ({
    name,
    inputType: `.${typeName}`,
    outputType: `.${typeName}`,
    options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
  });
  const struct = file_google_protobuf_struct.proto;
  const any = file_google_protobuf_any.proto;
  const own = create(FileDescriptorProtoSchema, {
    name: "echo.proto",
    package: "echo.v1",
    syntax: "proto3",
    dependency: [struct.name, any.name],
    service: [
      {
        name: "EchoService",
        method: [
          method("EchoStruct", StructSchema.typeName),
          method("EchoAny", AnySchema.typeName),
        ],
      },
    ],
  });
  const files = create(FileDescriptorSetSchema, { file: [struct, any, own] });
  const service = createFileRegistry(files).getService("echo.v1.EchoService");
  if (service === undefined) {
    throw new Error("EchoService was not made");
  }
  return service;
}

const operations = createOperations({ store: memoryStore() });
const checksum = operations.implement(ChecksumServiceOperations, {
  checksumTree: async () => ({ treeDigest: "abc", files: 1n }),
  listAlgorithms: () => ({ algorithms: ["sha256"] }),
});
const echo = (message: unknown) => message;

const server = createNodeServer(
  nodeAdapter({
    ...limits.adapter,
    routes(router) {
      operations.routes(router);
      router.service(ChecksumServiceOperations, checksum);
      // A descriptor that is made at run time has no methods for the compiler.
      const handlers: object = { echoStruct: echo, echoAny: echo };
      router.service(echoService(), handlers as Record<string, never>);
    },
    // Only what the server itself has no answer for may be told of.
    onEvent: (event) => event.kind === "handlerThrew" && console.error(event),
  }),
  limits.server,
).listen(0, "127.0.0.1", () => {
  operations.work();
  process.send?.({ port: (server.address() as AddressInfo).port });
});

process.on("message", async () => {
  for (let round = 0; round < 4; round++) {
    await turn();
    collect();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const held: Held = {
    heapBytes: heapUsed,
    externalBytes: external,
    residentBytes: rss,
    sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
  };
  process.send?.(held);
});

process.once("disconnect", () => process.exit());
