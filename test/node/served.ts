// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import {
  createNodeServer,
  type NodeHandler,
  type NodeServer,
  type NodeServerOptions,
} from "../../src/node/index.ts";

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url));

/** A key that protects nothing, and a certificate for localhost and 127.0.0.1 made with it. */
export const tls: { readonly key: Buffer; readonly cert: Buffer } = {
  key: fixture("key.pem"),
  cert: fixture("cert.pem"),
};

export interface Served extends AsyncDisposable {
  readonly server: NodeServer;
  readonly port: number;
  readonly baseUrl: string;
}

/** A server on a free port of the loopback interface. */
export async function served(handler: NodeHandler, options?: NodeServerOptions): Promise<Served> {
  const server = createNodeServer(handler, options).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = options?.tls === undefined ? "http://127.0.0.1" : "https://localhost";
  return {
    server,
    port,
    baseUrl: `${origin}:${port}`,
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}
