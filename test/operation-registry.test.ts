// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  equals,
  fromJson,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import {
  type Any,
  AnySchema,
  BoolValueSchema,
  BytesValueSchema,
  DoubleValueSchema,
  DurationSchema,
  EmptySchema,
  FieldMaskSchema,
  Int64ValueSchema,
  ListValueSchema,
  StringValueSchema,
  StructSchema,
  TimestampSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { OperationSchema, Operations } from "../gen/google/longrunning/operations_pb.ts";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.ts";
import {
  failed,
  operationRegistry,
  outcomeOf,
  packAny,
  resolveOperations,
  running,
  succeeded,
} from "../src/index.ts";
import { compileProto } from "./compile-proto.ts";

// What another package's generated code is: every type of it, Operation too, is an object of its own.
const foreign = createFileRegistry(
  compileProto({
    "lib/v1/library.proto": `
      syntax = "proto3";
      package lib.v1;
      import "google/longrunning/operations.proto";
      message Request {}
      message Book {
        message Draft { string title = 1; }
        enum Genre { GENRE_UNSPECIFIED = 0; GENRE_NOVEL = 1; }
        Genre genre = 1;
        Draft draft = 2;
      }
      service Library {
        rpc Write(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {
            response_type: "lib.v1.Book"
            metadata_type: "lib.progress.Progress"
          };
        }
      }`,
    "lib/progress/progress.proto": `
      syntax = "proto3";
      package lib.progress;
      import "lib/progress/place.proto";
      message Progress { Place place = 1; }`,
    "lib/progress/place.proto": `
      syntax = "proto3";
      package lib.progress;
      message Place { int32 page = 1; }`,
  }),
);

function foreignMessage(typeName: string): DescMessage {
  const desc = foreign.getMessage(typeName);
  if (desc === undefined) {
    throw new Error(`no message ${typeName}`);
  }
  return desc;
}

function foreignService<Service extends DescService>(typeName: string): Service {
  const service = foreign.getService(typeName);
  if (service === undefined) {
    throw new Error(`no service ${typeName}`);
  }
  return service as Service;
}

type Method = { methodKind: "unary"; input: DescMessage; output: DescMessage };

const Book = foreignMessage("lib.v1.Book");
const Progress = foreignMessage("lib.progress.Progress");
const LibraryService = foreignService<GenService<{ write: Method }>>("lib.v1.Library");
const Library = resolveOperations(LibraryService, foreign);
const registry = operationRegistry(ChecksumServiceOperations, Library);

const book: MessageInitShape<DescMessage> = { genre: 1, draft: { title: "Momo" } };
const anys: Record<string, Any> = {
  "an own response": packAny(ChecksumTreeResponseSchema, { treeDigest: "ab", files: 2n }),
  "own metadata": packAny(ChecksumTreeMetadataSchema, { filesDone: 1n }),
  "a foreign message": packAny(Book, book),
  "a foreign nested message": packAny(foreignMessage("lib.v1.Book.Draft"), { title: "Momo" }),
  "a message of a file that only the metadata imports": packAny(
    foreignMessage("lib.progress.Place"),
    { page: 7 },
  ),
  "an Operation": packAny(OperationSchema, running({ name: "operations/b" })),
  Any: packAny(AnySchema, packAny(DurationSchema, { seconds: 60n })),
  Duration: packAny(DurationSchema, { seconds: 60n, nanos: 500_000_000 }),
  Empty: packAny(EmptySchema, {}),
  FieldMask: packAny(FieldMaskSchema, { paths: ["tree_digest"] }),
  Struct: packAny(StructSchema, fromJson(StructSchema, { a: [1, null, "x"] })),
  Value: packAny(ValueSchema, fromJson(ValueSchema, null)),
  ListValue: packAny(ListValueSchema, fromJson(ListValueSchema, [true])),
  Timestamp: packAny(TimestampSchema, { seconds: 1n }),
  BoolValue: packAny(BoolValueSchema, { value: true }),
  BytesValue: packAny(BytesValueSchema, { value: Uint8Array.of(1, 2) }),
  DoubleValue: packAny(DoubleValueSchema, { value: Number.POSITIVE_INFINITY }),
  Int64Value: packAny(Int64ValueSchema, { value: 2n ** 60n }),
  StringValue: packAny(StringValueSchema, { value: "x" }),
};

describe("the registry of operations", () => {
  test.each(Object.entries(anys))("carries %s through JSON", (_, any) => {
    const name = "operations/a";
    for (const operation of [
      running({ name, metadata: any }),
      succeeded({ name, metadata: any, response: any }),
      failed({ name, error: { code: Code.Aborted, details: [any] } }),
    ]) {
      const json = toJson(OperationSchema, operation, { registry });
      expect(
        equals(OperationSchema, fromJson(OperationSchema, json, { registry }), operation),
      ).toBe(true);
    }
  });

  test("carries every google.rpc error detail", () => {
    const details = file_google_rpc_error_details.messages.map((desc) => packAny(desc, {}));
    expect(details.length).toBeGreaterThanOrEqual(9);
    const operation = failed({ name: "operations/a", error: { code: Code.Aborted, details } });
    const json = toJson(OperationSchema, operation, { registry });
    expect(equals(OperationSchema, fromJson(OperationSchema, json, { registry }), operation)).toBe(
      true,
    );
  });

  test("a service without the types of its operations brings those of its file", () => {
    const plain = operationRegistry(ChecksumService);
    expect(plain.getMessage(ChecksumTreeResponseSchema.typeName)).toBe(ChecksumTreeResponseSchema);
    expect(operationRegistry(LibraryService).getMessage(Progress.typeName)).toBeUndefined();
    expect(registry.getMessage(Progress.typeName)).toBe(Progress);
  });

  test("of two types with one name the first one stays", () => {
    expect(foreignMessage(OperationSchema.typeName)).not.toBe(OperationSchema);
    expect(registry.getMessage(OperationSchema.typeName)).toBe(OperationSchema);
  });

  test("an Operation of another package's code is read all the same", () => {
    const theirs = foreignMessage(OperationSchema.typeName);
    const metadata = packAny(Progress, { place: { page: 7 } });
    const operation = succeeded({ name: "operations/a", metadata, response: packAny(Book, book) });
    const json = toJson(OperationSchema, operation, { registry });
    const read = fromJson(theirs, json, { registry });
    expect(toJson(theirs, read, { registry })).toEqual(json);
  });

  test("lets a service of another package's code be called over Connect with JSON", async () => {
    const transport = createRouterTransport(
      (router) => {
        router.service(Library, {
          write: () => succeeded({ name: "operations/a", response: packAny(Book, book) }),
        });
        router.service(Operations, {
          getOperation: ({ name }) => succeeded({ name, response: packAny(Book, book) }),
        });
      },
      {
        router: { jsonOptions: { registry } },
        transport: { useBinaryFormat: false, jsonOptions: { registry } },
      },
    );
    const operation = await createClient(Operations, transport).getOperation({
      name: "operations/a",
    });
    expect(outcomeOf(operation, { response: Book, metadata: Progress })).toEqual({
      kind: "succeeded",
      name: "operations/a",
      response: create(Book, book),
    });
    const written = await createClient(Library, transport).write({});
    expect(written).toMatchObject({ name: "operations/a", done: true });
  });
});
