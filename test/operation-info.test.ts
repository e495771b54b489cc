// SPDX-License-Identifier: Apache-2.0

import { createFileRegistry, type DescService } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Operations } from "../gen/google/longrunning/operations_pb.ts";
import { analyzeOperations, isLongRunning } from "../src/operation-info.ts";
import { compileProto } from "./compile-proto.ts";

const registry = createFileRegistry(
  compileProto({
    "lib/v1/library.proto": `
      syntax = "proto3";
      package lib.v1;
      import "google/longrunning/operations.proto";
      import "lib/book.proto";
      message Request {}
      message Book { message Draft {} }
      message Progress {}
      enum Genre { GENRE_UNSPECIFIED = 0; }
      service Names {
        ${rpc("Short", "Book")}
        ${rpc("Full", "lib.v1.Book")}
        ${rpc("Absolute", ".lib.v1.Book")}
        ${rpc("Nested", "lib.v1.Book.Draft")}
        ${rpc("OtherPackage", "lib.Book")}
        ${rpc("PartialNested", "Book.Draft")}
        ${rpc("PartialPackage", "v1.Book")}
        ${rpc("Empty", "google.protobuf.Empty")}
      }
      service Faults {
        ${rpc("Misspelt", "Boook")}
        ${rpc("MisspeltFull", "lib.v1.Boook")}
        ${rpc("ShortOfOtherPackage", "Tome")}
        ${rpc("AbsolutePartial", ".v1.Book")}
        ${rpc("Enum", "Genre")}
        ${rpc("Service", "Names")}
        ${rpc("Extension", "google.api.http")}
        ${rpc("Star", "*")}
        rpc NoResponse(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {metadata_type: "Progress"};
        }
        rpc NoMetadata(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {response_type: "Book"};
        }
        rpc Neither(Request) returns (google.longrunning.Operation) {
          option (google.longrunning.operation_info) = {};
        }
        rpc NoAnnotation(Request) returns (google.longrunning.Operation);
        rpc ServerStream(Request) returns (stream google.longrunning.Operation);
        rpc ClientStream(stream Request) returns (google.longrunning.Operation);
        rpc BidiStream(stream Request) returns (stream google.longrunning.Operation);
        rpc Ordinary(Request) returns (Book);
      }`,
    "lib/book.proto": `syntax = "proto3"; package lib; message Book {} message Tome {}`,
    "top.proto": `
      syntax = "proto3";
      import "google/longrunning/operations.proto";
      message Request {}
      message Progress {}
      message Top { message Inner {} }
      service Unpackaged {
        ${rpc("Short", "Top")}
        ${rpc("Nested", "Top.Inner")}
      }`,
    // Google's own older APIs return Operations of their own, which are none of ours.
    "compute.proto": `
      syntax = "proto3";
      package compute;
      message Request {}
      message Operation {}
      service Instances { rpc Insert(Request) returns (Operation); }`,
  }),
);

function rpc(name: string, responseType: string): string {
  return `rpc ${name}(Request) returns (google.longrunning.Operation) {
    option (google.longrunning.operation_info) = {
      response_type: "${responseType}"
      metadata_type: "Progress"
    };
  }`;
}

function serviceOf(typeName: string): DescService {
  const service = registry.getService(typeName);
  if (service === undefined) {
    throw new Error(`no service ${typeName}`);
  }
  return service;
}

function analyze(typeName: string) {
  const { operations, problems } = analyzeOperations(serviceOf(typeName), {
    find: (name) => registry.get(name),
    extent: "3 files",
    remedy: "add it",
  });
  return {
    responses: Object.fromEntries(operations.map((o) => [o.method.name, o.response.typeName])),
    metadata: new Set(operations.map((o) => o.metadata.typeName)),
    problems: problems.map((p) => `${p.kind} ${p.method.name}: ${p.message}`),
  };
}

describe("analyzeOperations", () => {
  test("finds types by every name that they have", () => {
    const { responses, metadata, problems } = analyze("lib.v1.Names");
    expect(responses).toEqual({
      Short: "lib.v1.Book",
      Full: "lib.v1.Book",
      Absolute: "lib.v1.Book",
      Nested: "lib.v1.Book.Draft",
      OtherPackage: "lib.Book",
      PartialNested: "lib.v1.Book.Draft",
      PartialPackage: "lib.v1.Book",
      Empty: "google.protobuf.Empty",
    });
    expect(metadata).toEqual(new Set(["lib.v1.Progress"]));
    expect(problems).toEqual([
      'inexact PartialNested: operation_info.response_type "Book.Draft" was found as lib.v1.Book.Draft; other generators need that full name',
      'inexact PartialPackage: operation_info.response_type "v1.Book" was found as lib.v1.Book; other generators need that full name',
    ]);
  });

  test("says of each method what is wrong with it", () => {
    const { responses, problems } = analyze("lib.v1.Faults");
    const notFound = (name: string, wanted: string) =>
      `operation_info.response_type "${name}" not found (looked for ${wanted} in 3 files). Types in another package need the full name. If it exists: add it`;
    expect(responses).toEqual({});
    expect(problems).toEqual([
      `invalid Misspelt: ${notFound("Boook", "lib.v1.Boook")}`,
      `invalid MisspeltFull: ${notFound("lib.v1.Boook", "lib.v1.Boook")}`,
      `invalid ShortOfOtherPackage: ${notFound("Tome", "lib.v1.Tome")}`,
      `invalid AbsolutePartial: ${notFound(".v1.Book", "v1.Book")}`,
      'invalid Enum: operation_info.response_type "Genre" is an enum, not a message',
      'invalid Service: operation_info.response_type "Names" is a service, not a message',
      'invalid Extension: operation_info.response_type "google.api.http" is an extension, not a message',
      `invalid Star: ${notFound("*", "lib.v1.*")}`,
      "invalid NoResponse: operation_info.response_type is required",
      "invalid NoMetadata: operation_info.metadata_type is required",
      "invalid Neither: operation_info.response_type is required",
      "invalid Neither: operation_info.metadata_type is required",
      "missing NoAnnotation: returns google.longrunning.Operation but has no (google.longrunning.operation_info) option; its result stays untyped",
      "invalid ServerStream: google.longrunning.Operation must not be streamed",
      "invalid ClientStream: returns google.longrunning.Operation, so its request must not be streamed",
      "invalid BidiStream: google.longrunning.Operation must not be streamed",
    ]);
  });

  test("does without a package", () => {
    const { responses, problems } = analyze("Unpackaged");
    expect(responses).toEqual({ Short: "Top", Nested: "Top.Inner" });
    expect(problems).toEqual([]);
  });

  test.each(["compute.Instances", "google.longrunning.Operations"])("leaves %s alone", (name) => {
    expect(analyze(name)).toEqual({ responses: {}, metadata: new Set(), problems: [] });
  });
});

test("isLongRunning", () => {
  const names = (service: DescService) => service.methods.filter(isLongRunning).map((m) => m.name);
  expect(names(serviceOf("lib.v1.Names"))).toHaveLength(8);
  expect(names(serviceOf("lib.v1.Faults"))).not.toContain("Ordinary");
  expect(names(serviceOf("lib.v1.Faults")).filter((name) => name.endsWith("Stream"))).toEqual([]);
  expect(names(serviceOf("compute.Instances"))).toEqual([]);
  expect(names(Operations)).toEqual([]);
});
