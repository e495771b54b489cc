// SPDX-License-Identifier: Apache-2.0

import Database from "libsql";
import { createOperations } from "longrunning/server";
import { makeFinishedOperations } from "../list/finished-operations.ts";
import { directStart } from "../workload/direct.ts";
import { listen } from "../workload/listen.ts";
import { response } from "../workload/messages.ts";
import { openStore } from "../workload/open-store.ts";

/** What the server has. */
export interface ExpiryOptions {
  readonly path: string;
  readonly count: number;
}

/** A server with very many finished operations, some of which expire when they are told to. */
export async function open({ path, count }: ExpiryOptions): Promise<{
  served(): Promise<{ readonly port: number; readonly names: readonly string[] }>;
  /** Makes the oldest so many operations expire. */
  expire(operations: number): Promise<void>;
  /** How many were removed since. */
  removed(): Promise<number>;
  close(): Promise<void>;
}> {
  const { createNodeServer, nodeAdapter } = await import("longrunning/node");
  await makeFinishedOperations({ path, count });
  const driver = new Database(path);
  let removed = 0;
  const operations = createOperations({
    store: await openStore({ kind: "sqlite", path }),
    sweepIntervalMs: 250,
    onEvent(event) {
      removed += event.kind === "purged" ? event.count : 0;
    },
  });
  directStart(operations, async () => response);
  operations.work();
  const server = createNodeServer(nodeAdapter({ routes: operations.routes }), {
    http1: { keepAliveTimeout: 60_000 },
  });
  const port = await listen(server);
  return {
    async served() {
      // The newest: they stay.
      const rows = driver
        .prepare("SELECT name FROM operation ORDER BY create_time_us DESC LIMIT 10000")
        .all() as { readonly name: string }[];
      return { port, names: rows.map(({ name }) => name) };
    },
    async expire(operations) {
      removed = 0;
      driver
        .prepare(
          `UPDATE operation SET due_us = 0 WHERE create_time_us IN (
            SELECT create_time_us FROM operation WHERE state = 2 ORDER BY create_time_us LIMIT ?)`,
        )
        .run(operations);
    },
    removed: async () => removed,
    async close() {
      await operations.close();
      driver.close();
    },
  };
}
