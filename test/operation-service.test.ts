// SPDX-License-Identifier: Apache-2.0

import { createFileRegistry, createRegistry } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
  file_checksum_v1_checksum,
} from "../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { operationService, resolveOperations, running } from "../src/index.ts";
import { compileProto } from "./compile-proto.ts";

const checksumTree = { response: ChecksumTreeResponseSchema, metadata: ChecksumTreeMetadataSchema };

test("a service with the types of its operations, as generated code gives them", () => {
  const { operations, ...service } = operationService(ChecksumService, { checksumTree });
  expect(operations).toEqual({ checksumTree });
  expect(service).toEqual({ ...ChecksumService });
  expect(ChecksumServiceOperations.operations).toEqual({ checksumTree });
});

test("the same, from the annotations and a registry", () => {
  const registry = createRegistry(file_checksum_v1_checksum);
  const { operations } = resolveOperations(ChecksumService, registry);
  expect(Object.keys(operations)).toEqual(["checksumTree"]);
  expect(operations.checksumTree?.response).toBe(ChecksumTreeResponseSchema);
  expect(operations.checksumTree?.metadata).toBe(ChecksumTreeMetadataSchema);
});

test("it is a service: it is routed and called", async () => {
  const transport = createRouterTransport(({ service }) => {
    service(ChecksumServiceOperations, {
      checksumTree: ({ root }) => running({ name: `operations/${root}` }),
      listAlgorithms: () => ({ algorithms: ["sha256"] }),
    });
  });
  const client = createClient(ChecksumServiceOperations, transport);
  expect((await client.checksumTree({ root: "x" })).name).toBe("operations/x");
  expect((await client.listAlgorithms({})).algorithms).toEqual(["sha256"]);
});

test("a registry without the types is refused with everything that is wrong", () => {
  expect(() => resolveOperations(ChecksumService, createRegistry())).toThrow(
    /^the operations of checksum\.v1\.ChecksumService cannot be typed:\n {2}ChecksumTree: operation_info\.response_type "ChecksumTreeResponse" not found \(looked for checksum\.v1\.ChecksumTreeResponse in the registry\)\. Types in another package need the full name\. If it exists: add its file to the registry\n {2}ChecksumTree: operation_info\.metadata_type "ChecksumTreeMetadata" not found .+$/,
  );
});

test("a method without an annotation stays untyped, and so does an ordinary one", () => {
  const registry = createFileRegistry(
    compileProto({
      "lib/v1/library.proto": `
        syntax = "proto3";
        package lib.v1;
        import "google/longrunning/operations.proto";
        message Book {}
        service Library {
          rpc GetBook(Book) returns (Book);
          rpc Print(Book) returns (google.longrunning.Operation);
          rpc Write(Book) returns (google.longrunning.Operation) {
            option (google.longrunning.operation_info) = {
              response_type: "Book"
              metadata_type: "google.protobuf.Empty"
            };
          }
        }`,
    }),
  );
  const library = registry.getService("lib.v1.Library");
  expect(library && Object.keys(resolveOperations(library, registry).operations)).toEqual([
    "write",
  ]);
});
