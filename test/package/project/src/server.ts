// SPDX-License-Identifier: Apache-2.0

// What somebody writes who has read the README, type-checked against the packed package.

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { operationRegistry, outcomeOf } from "longrunning";
import { Operations } from "longrunning/google/longrunning/operations_pb";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations, memoryStore } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { manualClock } from "longrunning/testing";
import { ChecksumServiceOperations } from "../gen/checksum/v1/checksum_longrunning.js";

const operations = createOperations({
  store:
    process.argv[2] === undefined ? memoryStore({ clock: manualClock() }) : sqliteStore(":memory:"),
});
const checksum = operations.implement(ChecksumServiceOperations, {
  async checksumTree({ root }, { report }) {
    await report({ filesDone: 1n });
    return { treeDigest: root };
  },
});
const routes: Parameters<typeof createRouterTransport>[0] = (router) => {
  operations.routes(router);
  router.service(ChecksumServiceOperations, checksum);
};
operations.work();

createNodeServer(nodeAdapter({ routes, jsonOptions: { registry: operationRegistry() } }));
const transport = createRouterTransport(routes);
const { name } = await createClient(ChecksumServiceOperations, transport).checksumTree({
  root: "x",
});
const ended = await createClient(Operations, transport).waitOperation({ name });
const outcome = outcomeOf(ended, ChecksumServiceOperations.operations.checksumTree);
console.log(outcome.kind === "succeeded" ? outcome.response.treeDigest : outcome.kind);
await operations.close();
