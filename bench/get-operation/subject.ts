// SPDX-License-Identifier: Apache-2.0

import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { operationRegistry } from "longrunning";
import {
  Operations as OperationsApi,
  WaitOperationRequestSchema,
} from "longrunning/google/longrunning/operations_pb.js";
import { createOperations } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { type Spent, startMeter } from "../harness/meter.ts";
import { directOperations, directStart, handlerContext } from "../workload/direct.ts";
import { listen } from "../workload/listen.ts";
import { finishedOperation, progress, response } from "../workload/messages.ts";
import { openStore, type StoreLocation } from "../workload/open-store.ts";

/** Whose server it is. */
export interface GetOperationOptions {
  readonly server: StoreLocation | { readonly kind: "bare"; readonly httpVersion: "1.1" | "2" };
}

/** Where a server listens, and what its operation is called. */
export interface Served {
  readonly port: number;
  readonly name: string;
}

// Connections last from round to round.
const http1 = { keepAliveTimeout: 60_000 };

/** A server with one operation, which is done. */
export async function open({ server }: GetOperationOptions): Promise<{
  served(): Promise<Served>;
  begin(): Promise<void>;
  /** What the server has spent since `begin`. */
  end(): Promise<Spent>;
  close(): Promise<void>;
}> {
  const { close = async () => {}, ...served } =
    server.kind === "bare" ? await serveConstant(server.httpVersion) : await serveStored(server);
  let stop = startMeter();
  return {
    served: async () => served,
    async begin() {
      stop = startMeter();
    },
    end: async () => stop(),
    close,
  };
}

/** The floor: connect-node alone, with an implementation that does nothing. */
async function serveConstant(httpVersion: "1.1" | "2"): Promise<Closable<Served>> {
  const operation = finishedOperation(`operations/${"a".repeat(26)}`);
  const handler = connectNodeAdapter({
    routes: (router) => router.service(OperationsApi, { getOperation: () => operation }),
    jsonOptions: { registry: operationRegistry(ChecksumServiceOperations) },
  });
  const server =
    httpVersion === "1.1" ? createHttp1Server(http1, handler) : createHttp2Server(handler);
  return { port: await listen(server), name: operation.name };
}

async function serveStored(location: StoreLocation): Promise<Closable<Served>> {
  const { createNodeServer, nodeAdapter } = await import("longrunning/node");
  const operations = createOperations({ store: await openStore(location) });
  const start = directStart(operations, async (_request, operation) => {
    operation.report(progress(4_711));
    return response;
  });
  operations.work();
  const name = await start();
  await directOperations(operations).waitOperation(
    create(WaitOperationRequestSchema, { name }),
    handlerContext(OperationsApi.method.waitOperation),
  );
  const server = createNodeServer(nodeAdapter({ routes: operations.routes }), { http1 });
  return { port: await listen(server), name, close: () => operations.close() };
}

type Closable<T> = T & { close?(): Promise<void> };
