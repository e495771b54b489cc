// SPDX-License-Identifier: Apache-2.0

// size-limit --config dist/bench/bundle/size-limit.js

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { BuildOptions } from "esbuild";
import type { Check } from "size-limit";
import { bundlePage, productionOptions } from "./bundle-page.ts";
import { publishedTypes } from "./published-types.ts";

/** How much `longrunning/client` may add to a page that does without. */
const allowanceBytes = 3 * 1024;

// size-limit leaves out what esbuild makes of nothing.
const emptyBundleBytes = 32;

// Without longrunning, its generated types are not there either.
const plugins = [await publishedTypes()];
const byHand = fileURLToPath(new URL("by-hand.js", import.meta.url));
const { code } = await bundlePage(byHand, { plugins });
const byHandBytes = gzipSync(code, { level: 9 }).length - emptyBundleBytes;

const pageByHand = { path: "by-hand.js", gzip: true };

// Peer dependencies are in it too: a page has to bring them.
const production =
  (more: BuildOptions = {}) =>
  <T extends object>(config?: T) =>
    ({ ...config, ...productionOptions, ...more }) as T;

const checks: Check[] = [
  {
    ...pageByHand,
    name: "a page written by hand on connect-web",
    modifyEsbuildConfig: production({ plugins }),
  },
  {
    ...pageByHand,
    name: "the same with the leaner types of longrunning/google",
    modifyEsbuildConfig: production(),
  },
  {
    name: "the same page with longrunning/client",
    path: "with-client.js",
    gzip: true,
    limit: `${byHandBytes + allowanceBytes} B`,
    modifyEsbuildConfig: production(),
  },
];

// biome-ignore lint/style/noDefaultExport: size-limit reads that.
export default checks;
