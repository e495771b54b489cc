// SPDX-License-Identifier: Apache-2.0

// The same service, mounted on Fastify beside whatever else it serves.

import type { ConnectRouter } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import fastify, { type FastifyInstance } from "fastify";
import { createOperations, type Operations } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { checksumHandlers } from "../checksum/checksum.ts";
import { ChecksumServiceOperations } from "../checksum/gen/checksum/v1/checksum_longrunning.ts";

/** An app that digests trees below `root`. */
export async function checksumApp(options: {
  readonly database: string;
  readonly root: string;
}): Promise<{ readonly app: FastifyInstance; readonly operations: Operations }> {
  const operations = createOperations({ store: sqliteStore(options.database) });
  const checksum = operations.implement(ChecksumServiceOperations, checksumHandlers(options.root));
  const routes = (router: ConnectRouter) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, checksum);
  };

  const app = fastify();
  app.get("/healthz", () => "ok");
  await app.register(fastifyConnectPlugin, {
    routes,
    jsonOptions: { registry: operations.registry },
  });
  app.addHook("onClose", () => operations.close());
  operations.work();
  return { app, operations };
}
