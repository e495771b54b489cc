// SPDX-License-Identifier: Apache-2.0

// size-limit --config dist/bench/bundle/size-limit.js

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Check } from "size-limit";
import { bundlePage, productionOptions } from "./bundle-page.ts";

/** How much `longrunning/client` may add to a page that does without. */
const allowanceBytes = 3 * 1024;

// size-limit leaves out what esbuild makes of nothing.
const emptyBundleBytes = 32;

const { code } = await bundlePage(fileURLToPath(new URL("by-hand.js", import.meta.url)));
const byHandBytes = gzipSync(code, { level: 9 }).length - emptyBundleBytes;

const compression = {
  gzip: true,
  // Peer dependencies too: a page has to bring them.
  modifyEsbuildConfig: <T extends object>(config?: T) => ({ ...config, ...productionOptions }) as T,
};

const checks: Check[] = [
  { name: "a page written by hand on connect-web", path: "by-hand.js", ...compression },
  {
    name: "the same page with longrunning/client",
    path: "with-client.js",
    limit: `${byHandBytes + allowanceBytes} B`,
    ...compression,
  },
];

// biome-ignore lint/style/noDefaultExport: size-limit reads that.
export default checks;
