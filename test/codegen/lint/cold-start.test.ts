// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { importsOf, readTree } from "../../architecture/source-tree.ts";

const sources = readTree(["gen", "src"], [".ts"]);

test("the plugin, which buf starts nine times for one lint, loads protobuf and nothing else", () => {
  const reached = new Set(["src/codegen/buf-plugin-longrunning.ts"]);
  for (const path of reached) {
    for (const target of importsOf(path, sources.get(path) ?? "")) {
      reached.add(target);
    }
  }
  const packages = [...reached].filter((path) => !sources.has(path) && !path.startsWith("node:"));
  expect(packages.sort()).toEqual([
    "@bufbuild/protobuf",
    "@bufbuild/protobuf/codegenv2",
    "@bufbuild/protobuf/wire",
    "@bufbuild/protobuf/wkt",
  ]);
});
