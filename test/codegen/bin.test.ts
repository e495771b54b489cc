// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { compileProto } from "../compile-proto.ts";
import { library } from "./run-plugin.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "src/codegen/protoc-gen-longrunning.ts");
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

function run(options: { program?: string; input?: Uint8Array; args?: readonly string[] }) {
  const { program = bin, input = new Uint8Array(), args = [] } = options;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", tsx, program, ...args],
    { input },
  );
  return { status, stdout, stderr: stderr.toString() };
}

function requestFor(path: string, source: string, parameter: string): Uint8Array {
  const protoFile = compileProto({ [path]: source }).file;
  return toBinary(
    CodeGeneratorRequestSchema,
    create(CodeGeneratorRequestSchema, { fileToGenerate: [path], parameter, protoFile }),
  );
}

test("generates the example's code as it stands", () => {
  const path = "checksum/v1/checksum.proto";
  const source = readFileSync(join(root, "examples/checksum/proto", path), "utf8");
  const parameter = "target=ts,import_extension=js,rewrite_imports=./google/**/*_pb.js:longrunning";
  const { status, stdout, stderr } = run({ input: requestFor(path, source, parameter) });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const committed = "checksum/v1/checksum_longrunning.ts";
  expect(fromBinary(CodeGeneratorResponseSchema, stdout).file).toMatchObject([
    {
      name: committed,
      content: readFileSync(join(root, "examples/checksum/gen", committed), "utf8"),
    },
  ]);
});

test("warns and goes on, complains and does not", () => {
  const source = library(
    "service Library { rpc Print(Request) returns (google.longrunning.Operation); }",
  );
  const complaint = "a.proto:7: Print: returns google.longrunning.Operation but has no";
  const warned = run({ input: requestFor("a.proto", source, "target=ts") });
  expect(warned.status).toBe(0);
  expect(warned.stderr).toContain(`protoc-gen-longrunning: warning: ${complaint}`);
  expect(fromBinary(CodeGeneratorResponseSchema, warned.stdout).file).toEqual([]);

  const parameter = "target=ts,missing_operation_info=error";
  const refused = run({ input: requestFor("a.proto", source, parameter) });
  // What is wrong with the files is an answer, as the protocol has it; buf and protoc print it.
  expect(refused.status).toBe(0);
  expect(refused.stderr).toBe("");
  const { error, file } = fromBinary(CodeGeneratorResponseSchema, refused.stdout);
  expect(error).toContain(`nothing is generated, because\n${complaint}`);
  expect(file).toEqual([]);
});

test.each([
  [
    "an option",
    { input: requestFor("a.proto", library(""), "colour=red") },
    'invalid option "colour=red": colour is not an option of protoc-gen-longrunning',
  ],
  [
    "an argument",
    { args: ["--help"] },
    "it has no arguments but --version: buf or protoc runs it, on stdin and stdout",
  ],
])("refuses %s", (_, input, message) => {
  const { status, stdout, stderr } = run(input);
  expect(stderr).toBe(`protoc-gen-longrunning: ${message}\n`);
  expect(status).toBe(1);
  expect(stdout).toHaveLength(0);
});

test("knows its version", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { stdout } = run({ args: ["--version"] });
  expect(stdout.toString()).toBe(`protoc-gen-longrunning v${version}\n`);
});

test("says what to install where protoplugin is missing", () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "longrunning-bin-"));
  try {
    writeFileSync(join(elsewhere, "package.json"), `{"type": "module"}`);
    const program = join(elsewhere, "protoc-gen-longrunning.ts");
    copyFileSync(bin, program);
    const { status, stdout, stderr } = run({ program });
    expect(stderr).toBe(
      "protoc-gen-longrunning: @bufbuild/protoplugin is not installed: npm i -D @bufbuild/protoplugin\n",
    );
    expect(status).toBe(1);
    expect(stdout).toHaveLength(0);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});
