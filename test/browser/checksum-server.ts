// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Interceptor } from "@connectrpc/connect";
import cors from "cors";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { corsLists, createNodeServer, nodeAdapter } from "../../src/node/index.ts";
import { createOperations } from "../../src/server/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";

interface ChecksumServerInit {
  /** Whose scripts may call. */
  readonly origin: string;
  readonly database: string;
}

/** A server of checksums that take until they are told to end, and report all the while. */
export interface ChecksumServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** The names of the methods that were called, in order. */
  readonly calls: readonly string[];
  /** How many WaitOperations there have been at a time, at most. */
  readonly mostWaits: number;
  /** Lets every checksum end, also those that begin later. */
  finish(): void;
  /** Ends the server, and all that it holds. */
  stop(): Promise<void>;
  /** Begins again, on the same port and the same database. */
  start(): Promise<void>;
}

const reportMs = 50;

export async function checksumServer(init: ChecksumServerInit): Promise<ChecksumServer> {
  const calls: string[] = [];
  let isFinished = false;
  let waits = 0;
  let mostWaits = 0;
  let port = 0;
  let running: (() => Promise<void>) | undefined;

  const watch: Interceptor = (next) => async (request) => {
    calls.push(request.method.name);
    if (request.method.name !== "WaitOperation") {
      return next(request);
    }
    waits += 1;
    mostWaits = Math.max(mostWaits, waits);
    try {
      return await next(request);
    } finally {
      waits -= 1;
    }
  };

  async function start(): Promise<void> {
    const operations = createOperations({ store: sqliteStore(init.database) });
    const checksum = operations.implement(ChecksumServiceOperations, {
      async checksumTree(_, operation) {
        let filesDone = operation.metadata?.filesDone ?? 0n;
        while (!isFinished) {
          filesDone += 1n;
          operation.report({ filesDone });
          await pause(reportMs, undefined, { signal: operation.signal });
        }
        return { treeDigest: `digest of ${operation.name}` };
      },
      listAlgorithms: () => ({ algorithms: ["sha256"] }),
    });
    const handler = nodeAdapter({
      routes(router) {
        operations.routes(router);
        router.service(ChecksumServiceOperations, checksum);
      },
      interceptors: [watch],
    });
    const allow = cors({ origin: init.origin, ...corsLists });
    const server = createNodeServer((request, response) =>
      allow(request, response, () => handler(request, response)),
    ).listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    operations.work();
    running = async () => {
      running = undefined;
      await Promise.all([operations.close({ drainMs: 0 }), server.close({ graceMs: 0 })]);
    };
  }

  const stop = async () => running?.();

  await start();
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    calls,
    get mostWaits() {
      return mostWaits;
    },
    finish() {
      isFinished = true;
    },
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}
