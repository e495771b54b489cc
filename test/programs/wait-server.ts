// SPDX-License-Identifier: Apache-2.0

// Serves one operation that many wait for: it ends, with a large response, when it is told to.
//
// node wait-server.js COUNT RESPONSE_BYTES

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

/** What the server says, in this order, each once. */
export type WaitServerMessage =
  | { readonly kind: "listening"; readonly port: number }
  /** All whom it expects wait. */
  | { readonly kind: "waiting" }
  /** All were answered. How much memory it took at most. */
  | { readonly kind: "answered"; readonly rssBytes: number };

const [count = 0, responseBytes = 0] = process.argv.slice(2).map(Number);

function say(message: WaitServerMessage): void {
  process.send?.(message);
}

// Whoever has started it is gone.
process.on("disconnect", () => process.exit());
const end = once(process, "message");
let waiting = 0;
let answered = 0;
const operations = createOperations({ store: memoryStore(), maxWaitMs: 600_000 });
const checksum = operations.implement(ChecksumServiceOperations, {
  async checksumTree() {
    await end;
    return { treeDigest: "x".repeat(responseBytes) };
  },
});
operations.work();

const server = createNodeServer(
  nodeAdapter({
    routes(router: ConnectRouter) {
      operations.routes(router);
      router.service(ChecksumServiceOperations, checksum);
    },
    interceptors: [
      (next) => async (request) => {
        if (request.method.name !== "WaitOperation") {
          return await next(request);
        }
        waiting++;
        if (waiting === count) {
          // The last one has yet to begin.
          setImmediate(say, { kind: "waiting" });
        }
        const answer = await next(request);
        answered++;
        if (answered === count) {
          clearInterval(watching);
          say({ kind: "answered", rssBytes });
        }
        return answer;
      },
    ],
  }),
  { http2: { settings: { maxConcurrentStreams: count }, maxSessionMemory: 1_000 } },
).listen(0, "127.0.0.1");
await once(server, "listening");
say({ kind: "listening", port: (server.address() as AddressInfo).port });

await end;
let rssBytes = 0;
const watching = setInterval(() => {
  rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
}, 50);
