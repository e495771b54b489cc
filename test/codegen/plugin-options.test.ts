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
      "import { operationService } from "longrunning";",
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
      "import type { OperationService, OperationTypes } from "longrunning";",
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

test.each([
  ["missing_operation_info=maybe", "missing_operation_info must be error, warn or ignore"],
  ["runtime_import=", "runtime_import must name a module"],
  ["colour=red", "colour is not an option of protoc-gen-longrunning"],
])("%s is refused", (parameter, message) => {
  expect(() => runPlugin({ [path]: source }, { parameter })).toThrow(
    `invalid option "${parameter}": ${message}`,
  );
});
