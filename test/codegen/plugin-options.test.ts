// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { codeOf, library, longRunning, runPlugin } from "./run-plugin.ts";

const path = "lib/v1/library.proto";
const output = "lib/v1/library_longrunning.ts";

const source = library(`service Library { ${longRunning("Write", {})} }`);

test("js+dts", () => {
  const { files } = runPlugin(
    { [path]: source },
    { parameter: "target=js+dts,import_extension=js" },
  );
  expect(Object.keys(files).sort()).toEqual([
    "lib/v1/library_longrunning.d.ts",
    "lib/v1/library_longrunning.js",
  ]);
  expect(codeOf(files["lib/v1/library_longrunning.js"])).toMatchInlineSnapshot(`
    [
      "import { operationService } from "longrunning/operation-service";",
      "import { BookSchema, Library, ProgressSchema } from "./library_pb.js";",
      "",
      "/**",
      " * lib.v1.Library, with the types of its long-running operations.",
      " * Use it wherever the service itself goes: to implement it, to route it, to call it.",
      " *",
      " * @generated from service lib.v1.Library",
      " */",
      "export const LibraryOperations = /*@__PURE__*/ operationService(Library, {",
      "  write: { response: BookSchema, metadata: ProgressSchema },",
      "});",
      "",
      "",
    ]
  `);
  expect(codeOf(files["lib/v1/library_longrunning.d.ts"])).toMatchInlineSnapshot(`
    [
      "import type { OperationService, OperationTypes } from "longrunning/operation-service";",
      "import type { BookSchema, Library, ProgressSchema } from "./library_pb.js";",
      "",
      "/**",
      " * lib.v1.Library, with the types of its long-running operations.",
      " * Use it wherever the service itself goes: to implement it, to route it, to call it.",
      " *",
      " * @generated from service lib.v1.Library",
      " */",
      "export declare const LibraryOperations: OperationService<typeof Library, {",
      "  /**",
      "   * @generated from rpc lib.v1.Library.Write",
      "   */",
      "  write: OperationTypes<typeof BookSchema, typeof ProgressSchema>;",
      "}>;",
      "",
      "",
    ]
  `);
});

test("import_extension, rewrite_imports and runtime_import", () => {
  const parameter =
    "target=ts,import_extension=ts,rewrite_imports=./lib/**/*_pb.js:@acme/lib,runtime_import=@acme/operations";
  const { files } = runPlugin({ [path]: source }, { parameter });
  expect(codeOf(files[output]).filter((line) => line.startsWith("import"))).toEqual([
    `import type { OperationService, OperationTypes } from "@acme/operations";`,
    `import { operationService } from "@acme/operations";`,
    `import { BookSchema, Library, ProgressSchema } from "@acme/lib/lib/v1/library_pb.ts";`,
  ]);
});

test("js_import_style=legacy_commonjs is for js only", () => {
  const { files } = runPlugin(
    { [path]: source },
    { parameter: "target=js+dts,import_extension=js,js_import_style=legacy_commonjs" },
  );
  const javascript = codeWithoutComments(files["lib/v1/library_longrunning.js"]);
  expect(javascript).toEqual([
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    'const { operationService } = require("longrunning/operation-service");',
    'const { BookSchema, Library, ProgressSchema } = require("./library_pb.js");',
    "const LibraryOperations = /*@__PURE__*/ operationService(Library, {",
    "  write: { response: BookSchema, metadata: ProgressSchema },",
    "});",
    "exports.LibraryOperations = LibraryOperations;",
  ]);
  expect(codeWithoutComments(files["lib/v1/library_longrunning.d.ts"])[0]).toBe(
    'import type { OperationService, OperationTypes } from "longrunning/operation-service";',
  );
});

test.each(["ts", "js", "dts", "js+dts", "ts+js+dts"])("target=%s", (target) => {
  const { files } = runPlugin({ [path]: source }, { parameter: `target=${target}` });
  const endings = target.split("+").map((name) => (name === "dts" ? "d.ts" : name));
  expect(Object.keys(files)).toEqual(endings.map((name) => `lib/v1/library_longrunning.${name}`));
});

test("each target is the same, alone and beside others", () => {
  const filesOf = (target: string) => runPlugin({ [path]: source }, { parameter: target }).files;
  const all = filesOf("target=ts+js+dts");
  for (const target of ["target=ts", "target=js", "target=dts"]) {
    for (const [name, content] of Object.entries(filesOf(target))) {
      expect(all[name]?.replace("target=ts+js+dts", target)).toBe(content);
    }
  }
});

test("warnings come once, whatever the targets", () => {
  const unannotated = library(
    "service Library { rpc Print(Request) returns (google.longrunning.Operation); }",
  );
  const { warnings } = runPlugin({ [path]: unannotated }, { parameter: "target=ts+js+dts" });
  expect(warnings).toHaveLength(1);
});

test("keep_empty_files makes a file of every proto, so that build systems can name them", () => {
  const sources = {
    [path]: source,
    "lib/v1/idle.proto": `syntax = "proto3"; package lib.v1; message Idle {}`,
  };
  const kept = runPlugin(sources, { parameter: "target=ts,keep_empty_files=true" }).files;
  expect(Object.keys(kept).sort()).toEqual(["lib/v1/idle_longrunning.ts", output]);
  expect(kept["lib/v1/idle_longrunning.ts"]).toContain("@generated from file lib/v1/idle.proto");
  expect(Object.keys(runPlugin(sources, { parameter: "target=ts" }).files)).toEqual([output]);
});

test("ts_nocheck and elide_plugin_version", () => {
  const parameter = "target=ts,ts_nocheck=true,elide_plugin_version=true";
  const lines = runPlugin({ [path]: source }, { parameter }).files[output]?.split("\n");
  expect(lines).toContain("// @ts-nocheck");
  expect(lines?.[0]).toBe(`// @generated by protoc-gen-longrunning with parameter "${parameter}"`);
});

test("comments before the package stay with the code", () => {
  const licensed = `// A licence.\n${source}`;
  expect(runPlugin({ [path]: licensed }).files[output]).toMatch(/^\/\/ A licence\.\n/);
});

test.each([
  ["missing_operation_info=maybe", "missing_operation_info must be error, warn or ignore"],
  ["runtime_import=", "runtime_import must name a module"],
  ["colour=red", "colour is not an option of protoc-gen-longrunning"],
])("%s is refused", (parameter, message) => {
  expect(() => runPlugin({ [path]: source }, { parameter })).toThrow(
    `invalid option "${parameter}": ${message}`,
  );
});

function codeWithoutComments(content: string | undefined): string[] {
  const lines = content?.split("\n") ?? [];
  return lines.filter((line) => line !== "" && !/^\s*(?:\/\/|\/\*\*| \*|\/\* )/.test(line));
}
