// SPDX-License-Identifier: Apache-2.0

import { memoryStore, type OperationStore } from "../../src/server/index.ts";
import type { ManualClock } from "./clocks.ts";

interface OpenStore extends AsyncDisposable {
  readonly store: OperationStore;
}

interface StoreKind {
  readonly name: string;
  open(clock: ManualClock): Promise<OpenStore>;
}

/** The stores that what holds for one must hold for. */
export const stores: readonly StoreKind[] = [
  {
    name: "memory",
    async open(clock) {
      const store = memoryStore({ clock });
      return { store, [Symbol.asyncDispose]: () => store.close() };
    },
  },
];
