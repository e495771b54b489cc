// SPDX-License-Identifier: Apache-2.0

import { clearField, clone } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFiles } from "../../../src/codegen/lint/check-files.ts";
import { ruleIds } from "../../../src/codegen/lint/rules.ts";
import { compileProto } from "../../compile-proto.ts";
import { library, longRunning } from "../run-plugin.ts";

const { file: protos } = compileProto({
  "lib/v1/library.proto": library(`service Library { ${longRunning("Write", {})} }`),
  "shop/v1/shop.proto": `
    syntax = "proto3";
    package shop.v1;
    import "lib/v1/library.proto";
    import "google/longrunning/operations.proto";
    message OrderRequest { lib.v1.Book book = 1; string request_id = 2; }
    message OrderResponse {}
    service Shop {
      rpc Order(OrderRequest) returns (google.longrunning.Operation);
      rpc OrderAgain(OrderRequest) returns (google.longrunning.Operation);
    }`,
});

function linesOf(files: Parameters<typeof checkFiles>[0]): string[] {
  return checkFiles(files, ruleIds)
    .map(({ rule, file, message }) => `${rule} ${file.proto.name} ${message}`)
    .sort();
}

describe("checkFiles", () => {
  const inOrder = protos.map((proto) => ({ proto, isImport: false }));

  test("finds the same in whatever order files come", () => {
    const expected = linesOf(inOrder);
    expect(expected).toContain(
      "OPERATION_REQUEST_ID_FORMAT shop/v1/shop.proto OrderRequest.request_id: add [(google.api.field_info).format = UUID4]",
    );
    fc.assert(
      fc.property(
        fc.shuffledSubarray(inOrder, { minLength: inOrder.length }),
        (files) => void expect(linesOf(files)).toEqual(expected),
      ),
      { numRuns: 20 },
    );
  });

  test("finds nothing in what is there to be imported", () => {
    const only = (name: string) =>
      linesOf(protos.map((proto) => ({ proto, isImport: proto.name !== name })));
    const lib = only("lib/v1/library.proto");
    const shop = only("shop/v1/shop.proto");
    expect(lib.filter((line) => line.includes("shop.proto"))).toEqual([]);
    expect(shop.filter((line) => line.includes("library.proto"))).toEqual([]);
    expect([...lib, ...shop].sort()).toEqual(linesOf(inOrder));
    expect(only("google/rpc/status.proto")).toEqual([]);
  });

  test("points at methods where places are unknown", () => {
    const bare = protos.map((proto) => clone(FileDescriptorProtoSchema, proto));
    for (const proto of bare) {
      clearField(proto, FileDescriptorProtoSchema.field.sourceCodeInfo);
    }
    const files = bare.map((proto) => ({ proto, isImport: proto.name !== "lib/v1/library.proto" }));
    const paths = checkFiles(files, ruleIds).map(({ rule, path }) => `${rule} ${path.join()}`);
    expect(paths).toEqual(["OPERATION_RESPONSE_NAME 6,0,2,0", "OPERATION_HTTP_REQUIRED 6,0,2,0"]);
  });

  test("names what is missing", () => {
    const some = inOrder.filter(({ proto }) => proto.name !== "lib/v1/library.proto");
    expect(() => checkFiles(some, ruleIds)).toThrow("lib/v1/library.proto");
  });
});
