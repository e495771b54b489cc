// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type CodeGeneratorRequest, CodeGeneratorRequestSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { readRequest } from "../../src/codegen/read-request.ts";
import { compileProto } from "../compile-proto.ts";
import { library, longRunning } from "./run-plugin.ts";

const files = compileProto({
  "idle.proto": `
    // Says nothing of operations.
    syntax = "proto3";
    message Idle { string name = 1; }`,
  "library.proto": library(`service Library { ${longRunning("Write", {})} }`),
}).file;

function readBack(
  request: MessageInitShape<typeof CodeGeneratorRequestSchema>,
): CodeGeneratorRequest {
  return readRequest(
    toBinary(CodeGeneratorRequestSchema, create(CodeGeneratorRequestSchema, request)),
  );
}

/** All of a request but the comments and places of its files. */
function withoutInfo(request: CodeGeneratorRequest): Uint8Array {
  const protoFile = request.protoFile.map(({ sourceCodeInfo: _, ...file }) => file);
  return toBinary(CodeGeneratorRequestSchema, { ...request, protoFile });
}

const fileOf = ({ protoFile }: CodeGeneratorRequest, name: string) =>
  protoFile.find((file) => file.name === name);

test("keeps all but the comments and places of files without long-running methods", () => {
  const request = create(CodeGeneratorRequestSchema, {
    parameter: "target=ts",
    fileToGenerate: ["idle.proto", "library.proto"],
    compilerVersion: { major: 5 },
    protoFile: files,
  });
  const read = readBack(request);
  expect(withoutInfo(read)).toEqual(withoutInfo(request));
  const [idle, busy] = ["idle.proto", "library.proto"].map((name) => fileOf(read, name));
  expect(idle?.sourceCodeInfo).toBeUndefined();
  expect(busy?.sourceCodeInfo).toEqual(fileOf(request, "library.proto")?.sourceCodeInfo);
  expect(busy?.sourceCodeInfo?.location.length).toBeGreaterThan(10);
});

test("prefers the copy of a file that has the options for generators", () => {
  const stripped = files.map((file) => ({ ...file, messageType: [] }));
  const read = readBack({
    protoFile: stripped,
    sourceFileDescriptors: files.filter(({ name }) => name === "library.proto"),
  });
  expect(read.protoFile.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  expect(fileOf(read, "library.proto")?.messageType).toHaveLength(3);
  expect(fileOf(read, "idle.proto")?.messageType).toEqual([]);
  expect(read.sourceFileDescriptors).toEqual([]);
});
