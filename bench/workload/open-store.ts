// SPDX-License-Identifier: Apache-2.0

import { memoryStore, type OperationStore } from "longrunning/server";

/** Where operations are kept: in memory, or in a file. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string };

/** Opens a store. What only one of them needs is not loaded for the other. */
export async function openStore(location: StoreLocation): Promise<OperationStore> {
  if (location.kind === "memory") {
    return memoryStore();
  }
  const { sqliteStore } = await import("longrunning/sqlite");
  return sqliteStore(location.path);
}
