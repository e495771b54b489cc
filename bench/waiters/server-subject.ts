// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Operations as OperationsApi } from "longrunning/google/longrunning/operations_pb.js";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { listen } from "../workload/listen.ts";
import { endable, type Holder } from "./endable.ts";
import { longestTurn } from "./longest-turn.ts";

/** Whose server it is. */
export interface WaitServerOptions {
  readonly holder: Holder;
}

// So many waits on one connection are more than either server allows by default.
const http2 = { settings: { maxConcurrentStreams: 10_000 }, maxSessionMemory: 1_000 };

/** A server with an operation that many wait for. */
export async function open({ holder }: WaitServerOptions): Promise<{
  port(): Promise<number>;
  /** Starts an operation, and answers with its name. */
  start(): Promise<string>;
  /** How many have begun to wait for the operation. */
  waiting(): Promise<number>;
  /** Ends the operation, and answers with when it did, on the machine's clock. */
  end(): Promise<number>;
  /** For how long, at most, the event loop was blocked from the end until now. */
  blockedMs(): Promise<number>;
}> {
  const { waitOperation, start, end } = endable(holder);
  let waiting = 0;
  const routes = (router: ConnectRouter) => {
    router.service(OperationsApi, {
      waitOperation(request, context) {
        waiting++;
        return waitOperation(request, context);
      },
    });
  };
  const server =
    holder === "operations"
      ? createNodeServer(nodeAdapter({ routes }), { http2 })
      : createServer(http2, connectNodeAdapter({ routes }));
  const port = await listen(server);
  const turns = longestTurn();
  return {
    port: async () => port,
    async start() {
      waiting = 0;
      return await start();
    },
    waiting: async () => waiting,
    async end() {
      turns.watch();
      const nowMs = Number(process.hrtime.bigint()) / 1e6;
      end();
      return nowMs;
    },
    blockedMs: async () => turns.stop(),
  };
}
