// SPDX-License-Identifier: Apache-2.0

// One of several server processes on one SQLite file. An operation's `root` is JSON that says how
// long it takes; what its handlers do is appended to a log, a line each, that all processes share.
// node replica.js DATABASE LOG LEASE_MS

import { appendFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

const [database = "", log = "", leaseMs = ""] = process.argv.slice(2);

const operations = createOperations({
  store: sqliteStore(database),
  leaseMs: Number(leaseMs),
  sweepIntervalMs: 1000,
  cancelGraceMs: 2000,
});
const checksum = operations.implement(ChecksumServiceOperations, {
  async checksumTree({ root }, { name, attempt, signal, report }) {
    const { takesMs } = JSON.parse(root) as { takesMs: number };
    const write = (event: string) =>
      appendFileSync(log, `${JSON.stringify({ event, name, attempt, pid: process.pid })}\n`);
    write("begin");
    report({ attempt, currentPath: String(process.pid) });
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, takesMs);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
      return { treeDigest: String(process.pid) };
    } finally {
      write("end");
    }
  },
});
operations.work();

const server = createNodeServer(
  nodeAdapter({
    routes(router) {
      operations.routes(router);
      router.service(ChecksumServiceOperations, checksum);
    },
  }),
).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`http://127.0.0.1:${port}`);
});

// A late tick tells how long the event loop was held up.
let worstDelayMs = 0;
let last = performance.now();
setInterval(() => {
  worstDelayMs = Math.max(worstDelayMs, performance.now() - last - 10);
  last = performance.now();
}, 10);
process.on("message", () => {
  process.send?.({ worstDelayMs });
  worstDelayMs = 0;
});
process.on("SIGTERM", async () => {
  await operations.close({ drainMs: 0 });
  process.exit(0);
});
