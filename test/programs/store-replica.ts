// SPDX-License-Identifier: Apache-2.0

// A store in a process of its own: it calls what its parent sends, and answers; and it passes on the
// changes that it is told of.
// node store-replica.js DATABASE

import type { OperationStore } from "longrunning/server";
import { sqliteStore } from "longrunning/sqlite";

/** What the parent sends. */
export interface StoreCall {
  readonly method: "insert" | "claim" | "update" | "cancel" | "delete" | "read";
  readonly values: readonly unknown[];
}

/** What the parent gets. */
export type StoreMessage =
  | { readonly answer: unknown }
  | { readonly changes: Parameters<Parameters<OperationStore["subscribe"]>[0]>[0] };

const store = sqliteStore(process.argv[2] ?? "");
const send = (message: StoreMessage) => process.send?.(message);

store.subscribe((changes) => send({ changes }));
process.on("message", async ({ method, values }: StoreCall) => {
  const call = store[method] as (...values: readonly unknown[]) => Promise<unknown>;
  send({ answer: await call(...values) });
});
send({ answer: "ready" });
