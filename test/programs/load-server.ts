// SPDX-License-Identifier: Apache-2.0

// A server that a test kills under load. An operation's `root` is JSON that says what is to be done;
// what becomes of operations is appended to a log, a line of JSON each, before anything else happens.
// node load-server.js DATABASE LOG LEASE_MS DRAIN_MS

import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { createNodeServer, nodeAdapter } from "longrunning/node";
import { createOperations, type OperationEvent } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

/** What an operation is to do. */
export interface Job {
  /** The request's id. */
  readonly id: string;
  /** How many steps it takes, each one reported. One that never ends has as many as there can be. */
  readonly steps: number;
  readonly stepMs: number;
  readonly fails: boolean;
}

/** A line of the log. */
export type LogLine = OperationEvent & { readonly pid: number };

const [database = "", log = "", leaseMs = "", drainMs = ""] = process.argv.slice(2);

const operations = createOperations({
  store: sqliteStore(database),
  leaseMs: Number(leaseMs),
  sweepIntervalMs: 1_000,
  progressIntervalMs: 50,
  // However often this process is killed, it is not what the operations do.
  maxLosses: 1_000,
  onEvent: (event) =>
    appendFileSync(log, `${JSON.stringify({ ...event, pid: process.pid } satisfies LogLine)}\n`),
});
const checksum = operations.implement(ChecksumServiceOperations, {
  checksumTree: {
    requestId: ({ root }) => (JSON.parse(root) as Job).id,
    async run({ root }, { attempt, metadata, signal, report }) {
      const { id, steps, stepMs, fails } = JSON.parse(root) as Job;
      for (let done = Number(metadata?.filesDone ?? 0n) + 1; done <= steps; done++) {
        await delay(stepMs, undefined, { signal });
        report({ filesDone: BigInt(done), attempt });
      }
      if (fails) {
        throw new ConnectError(id, Code.FailedPrecondition);
      }
      // If it ended twice, it would show.
      return { treeDigest: `${id} ${randomUUID()}` };
    },
  },
});

const server = createNodeServer(
  nodeAdapter({
    routes(router) {
      operations.routes(router);
      router.service(ChecksumServiceOperations, checksum);
    },
  }),
).listen(0, "127.0.0.1", () => {
  operations.work();
  const { port } = server.address() as AddressInfo;
  console.log(`http://127.0.0.1:${port}`);
});

process.on("SIGTERM", () => {
  void Promise.all([server.close(), operations.close({ drainMs: Number(drainMs) })]);
});
