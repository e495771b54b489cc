// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter } from "@connectrpc/connect";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { checksumHandlers } from "./checksum.ts";
import { allowOrigin } from "./cross-origin.ts";
import { readEnvironment } from "./environment.ts";
import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";
import { onInterrupt } from "./terminal/interrupts.ts";
import { addressUrl, welcome } from "./terminal/welcome.ts";

// Until it listens, what goes wrong is for whoever starts it to mend: a line tells what.
process.once("uncaughtException", exit);
const environment = await readEnvironment(process.env);
const { database, host, leaseMs, origin, port, root } = environment;

const operations = createOperations({ store: sqliteStore(database), leaseMs });

const checksum = operations.implement(ChecksumServiceOperations, checksumHandlers(root));

const routes = (router: ConnectRouter) => {
  operations.routes(router);
  router.service(ChecksumServiceOperations, checksum);
};

const handler = nodeAdapter({ routes });
const server = createNodeServer(allowOrigin(origin, handler));
server.listen(port, host, () => {
  process.off("uncaughtException", exit);
  operations.work();
  console.log(welcome(addressUrl(server.address()), environment));
});

onInterrupt(["SIGINT", "SIGTERM"], async (times) => {
  if (times > 1) {
    process.exit(1);
  }
  console.log("stopping (again: at once)");
  // What runs is given back, and goes on where it stopped when a server works on this database.
  await Promise.all([server.close(), operations.close({ drainMs: 0 })]);
});

function exit(error: Error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
