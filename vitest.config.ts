// SPDX-License-Identifier: Apache-2.0

import { defineConfig, type ViteUserConfig } from "vitest/config";
import { sourceOf } from "./test/our-sources.ts";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    testTimeout: 20_000,
    // Many tests wait for processes and sockets; with one worker they would wait one after the other.
    maxWorkers: 2,
  },
  plugins: [{ name: "our sources", enforce: "pre", resolveId: sourceOf }],
});

export default config;
