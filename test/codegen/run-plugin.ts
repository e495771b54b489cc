// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema } from "@bufbuild/protobuf/wkt";
import { longrunningPlugin } from "../../src/codegen/plugin.ts";
import { readRequest } from "../../src/codegen/read-request.ts";
import { compileProto } from "../compile-proto.ts";

interface RunOptions {
  /** As in `buf.gen.yaml`, comma separated. Default: `target=ts`. */
  readonly parameter?: string;
  /** Those of the sources to generate for. Default: all. */
  readonly fileToGenerate?: string[];
}

interface PluginRun {
  /** The generated files, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** Why nothing is generated, line by line, if so. */
  readonly errors: readonly string[];
}

/** Runs the generator on sources, by path. */
export function runPlugin(
  sources: Readonly<Record<string, string>>,
  options: RunOptions = {},
): PluginRun {
  const { parameter = "target=ts", fileToGenerate = Object.keys(sources) } = options;
  const warnings: string[] = [];
  const plugin = longrunningPlugin((line) => warnings.push(line));
  const protoFile = compileProto(sources).file;
  const request = create(CodeGeneratorRequestSchema, {
    parameter,
    fileToGenerate,
    protoFile,
    // As buf sends them: those to generate once more.
    sourceFileDescriptors: protoFile.filter(({ name }) => fileToGenerate.includes(name)),
  });
  const { file, error } = plugin.run(readRequest(toBinary(CodeGeneratorRequestSchema, request)));
  return {
    files: Object.fromEntries(file.map(({ name, content }) => [name, content])),
    warnings,
    errors: error === "" ? [] : error.replace(/in \d+ files/g, "in N files").split("\n"),
  };
}

/** A file of package `lib.v1` with a `Request`, a `Book` and a `Progress`, and what `body` adds. */
export function library(
  body: string,
  { imports = [] }: { imports?: readonly string[] } = {},
): string {
  return [
    `syntax = "proto3";`,
    `package lib.v1;`,
    `import "google/longrunning/operations.proto";`,
    ...imports.map((path) => `import "${path}";`),
    `message Request {}`,
    `message Book { message Draft {} }`,
    `message Progress {}`,
    body,
  ].join("\n");
}

/** A long-running method, on one line. */
export function longRunning(name: string, types: { response?: string; metadata?: string }): string {
  const { response = "Book", metadata = "Progress" } = types;
  return `rpc ${name}(Request) returns (google.longrunning.Operation) { option (google.longrunning.operation_info) = {response_type: "${response}" metadata_type: "${metadata}"}; }`;
}

/** What is generated, line by line, from its first import on. */
export function codeOf(content: string | undefined): string[] {
  const lines = content?.split("\n") ?? [];
  return lines.slice(lines.findIndex((line) => line.startsWith("import ")));
}
