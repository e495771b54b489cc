// SPDX-License-Identifier: Apache-2.0

// The same service in an Express app. A route of the app starts an operation and answers with its
// name; examples/react-page is the page that comes back to it by that.

import { ConnectError, type ConnectRouter, createRouterTransport } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import express, { type ErrorRequestHandler, type Express } from "express";
import { createOperationClient } from "longrunning/client";
import { Operations as OperationsService } from "longrunning/google/longrunning/operations_pb.js";
import { nodeAdapter } from "longrunning/node";
import { createOperations, type Operations } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { checksumHandlers } from "../checksum/checksum.ts";
import { ChecksumServiceOperations } from "../checksum/gen/checksum/v1/checksum_longrunning.ts";

/** An app for digests of trees below `root`, which serves the files of `page` beside them. */
export function checksumApp(options: {
  readonly database: string;
  readonly root: string;
  readonly page: string;
}): { readonly app: Express; readonly operations: Operations } {
  const operations = createOperations({ store: sqliteStore(options.database) });
  const checksum = operations.implement(ChecksumServiceOperations, checksumHandlers(options.root));
  const routes = (router: ConnectRouter) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, checksum);
  };
  // In this process; elsewhere, a transport to the server.
  const client = createOperationClient(ChecksumServiceOperations, createRouterTransport(routes));

  const app = express();
  const services = [ChecksumServiceOperations, OperationsService];
  const rpcs = services.map(({ typeName }) => `/${typeName}/*method`);
  // Before all that parses bodies: these are read by the adapter itself.
  app.all([...rpcs, "/v1/*path"], nodeAdapter({ routes }));
  app.use(express.static(options.page));

  app.post("/checksums", express.json(), async (request, response) => {
    const root = String(request.body?.root ?? "");
    const { name } = await client.checksumTree({ root }, { timeoutMs: 10_000 });
    response.status(202).location(`/v1/${name}`).json({ name });
  });

  app.use(answerError);
  return { app, operations };
}

/** Answers that an operation could not start, and why. */
const answerError: ErrorRequestHandler = (error: unknown, _, response, next) => {
  if (error instanceof ConnectError) {
    response.status(codeToHttpStatus(error.code)).json({ error: error.message });
  } else {
    next(error);
  }
};
