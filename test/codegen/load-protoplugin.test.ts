// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { loadProtoplugin } from "../../src/codegen/load-protoplugin.ts";

const require = createRequire(import.meta.url);
const typescript = createRequire(require.resolve("@bufbuild/protoplugin")).resolve("typescript");

test("protoplugin is loaded without TypeScript, which stays there for others", () => {
  expect(require.cache[typescript]).toBeUndefined();
  expect(loadProtoplugin().createEcmaScriptPlugin).toBeTypeOf("function");
  expect(require.cache[typescript]).toBeUndefined();
  expect(require(typescript).transpile).toBeTypeOf("function");
});
