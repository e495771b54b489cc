// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { sourceOf } from "../our-sources.ts";

/** Serves the page, from an origin of its own. */
export interface PageServer extends AsyncDisposable {
  readonly origin: string;
}

export async function pageServer(): Promise<PageServer> {
  const script = await bundledScript();
  const server = createServer((request, response) => {
    if (request.url === "/page.js") {
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script);
    } else {
      response
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><body></body><script type="module" src="/page.js"></script>');
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bundledScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    plugins: [ourSources],
  });
  return outputFiles.map(({ text }) => text).join("");
}

/** Like all tests, the page sees the sources where a user's import sees the built package. */
const ourSources: Plugin = {
  name: "our sources",
  setup({ onResolve }) {
    onResolve({ filter: /^longrunning(?:\/|$)/ }, ({ path: specifier }) => {
      const path = sourceOf(specifier);
      return path === undefined ? undefined : { path, sideEffects: false };
    });
  },
};
