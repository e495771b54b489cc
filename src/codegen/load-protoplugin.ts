// SPDX-License-Identifier: Apache-2.0

import { createRequire, Module } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Loads protoplugin without the TypeScript compiler that it brings along. That is for generators which
 * leave a target to it; ours prints every target itself, and would spend half of its start on loading
 * nine megabytes for nothing.
 */
export function loadProtoplugin(): typeof import("@bufbuild/protoplugin") {
  const typescript = resolveTypescript();
  if (typescript !== undefined && require.cache[typescript] === undefined) {
    // What is in the cache is not loaded.
    require.cache[typescript] = new Module(typescript);
    try {
      return require("@bufbuild/protoplugin");
    } catch {
      // Another version may want more of it at once than that it is there.
    } finally {
      delete require.cache[typescript];
    }
  }
  return require("@bufbuild/protoplugin");
}

function resolveTypescript(): string | undefined {
  try {
    return createRequire(require.resolve("@bufbuild/protoplugin")).resolve("typescript");
  } catch {
    return undefined;
  }
}
