// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type OperationStore } from "../../src/server/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import type { SteppedClock } from "./stepped-clock.ts";

interface OpenStore extends AsyncDisposable {
  readonly store: OperationStore;
}

export interface StoreKind {
  readonly name: string;
  open(clock: SteppedClock): Promise<OpenStore>;
}

export const memory: StoreKind = {
  name: "memory",
  async open(clock) {
    const store = memoryStore({ clock });
    return { store, [Symbol.asyncDispose]: () => store.close() };
  },
};

export const sqlite: StoreKind = {
  name: "SQLite",
  async open(clock) {
    const directory = await mkdtemp(join(tmpdir(), "longrunning-"));
    const store = sqliteStore(join(directory, "operations.db"), { clock });
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store.close();
        await rm(directory, { recursive: true });
      },
    };
  },
};

/** The stores that what holds for one must hold for. */
export const stores: readonly StoreKind[] = [memory, sqlite];
