// SPDX-License-Identifier: Apache-2.0

import { createServer, type RequestListener } from "node:http";
import { toJson } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { operationRegistry } from "longrunning";
import {
  OperationSchema,
  Operations as OperationsApi,
} from "longrunning/google/longrunning/operations_pb.js";
import { nodeAdapter } from "longrunning/node";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { type Spent, startMeter } from "../harness/meter.ts";
import { listen } from "../workload/listen.ts";
import { finishedOperation } from "../workload/messages.ts";

/** `node`: node:http and `toJson`. `connect`: bare connect-node. `rest`: `nodeAdapter`. */
export type RestServerKind = "node" | "connect" | "rest";

/** Where a server listens, and what its operation is called. */
export interface Served {
  readonly port: number;
  readonly name: string;
}

/** A server that has one operation, which is a constant. */
export async function open({ kind }: { readonly kind: RestServerKind }): Promise<{
  served(): Promise<Served>;
  begin(): Promise<void>;
  /** What the server has spent since `begin`. */
  end(): Promise<Spent>;
  close(): Promise<void>;
}> {
  const operation = finishedOperation(`operations/${"a".repeat(26)}`);
  const registry = operationRegistry(ChecksumServiceOperations);
  const routes = (router: ConnectRouter): void => {
    router.service(OperationsApi, { getOperation: () => operation });
  };
  const handlers: Readonly<Record<RestServerKind, () => RequestListener>> = {
    node: () => (_request, response) => {
      const json = JSON.stringify(toJson(OperationSchema, operation, { registry }));
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(json),
      });
      response.end(json);
    },
    connect: () => connectNodeAdapter({ routes, jsonOptions: { registry } }),
    rest: () => nodeAdapter({ routes, jsonOptions: { registry } }),
  };
  // Connections last from round to round.
  const server = createServer({ keepAliveTimeout: 60_000 }, handlers[kind]());
  const served = { port: await listen(server), name: operation.name };
  let stop = startMeter();
  return {
    served: async () => served,
    async begin() {
      stop = startMeter();
    },
    end: async () => stop(),
    close: async () => {},
  };
}
