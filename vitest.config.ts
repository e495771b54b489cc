// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    testTimeout: 20_000,
    // Many tests wait for processes and sockets; with one worker they would wait one after the other.
    maxWorkers: 2,
  },
  resolve: {
    // Tests see the sources where a user's import sees the built package.
    alias: [
      {
        find: /^longrunning\/google\/(.*?)(?:\.js)?$/,
        replacement: `${source("gen/google/")}$1.ts`,
      },
      {
        find: /^longrunning\/operation-service$/,
        replacement: source("src/operation-service.ts"),
      },
      {
        find: /^longrunning\/(sqlite|postgres)$/,
        replacement: `${source("src/stores/")}$1/index.ts`,
      },
      { find: /^longrunning\/(\w+)$/, replacement: `${source("src/")}$1/index.ts` },
      { find: /^longrunning$/, replacement: source("src/index.ts") },
    ],
  },
});

export default config;
