// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { OperationEvent } from "../events.ts";
import type { OperationStore } from "../store.ts";

/** Looks for operations that wait for a worker in vain. */
export interface UnclaimedWatch {
  /** Looks, and tells of each one, if it has not just done so. */
  look(): Promise<void>;
}

interface UnclaimedWatchOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  /** The methods that are implemented here. */
  readonly methods: ReadonlyMap<string, unknown>;
  onEvent(event: OperationEvent): void;
}

const forMs = 10 * 60_000;
// To name some of them says enough.
const limit = 100;

/** A watch that looks every ten minutes at most. */
export function unclaimedWatch(options: UnclaimedWatchOptions): UnclaimedWatch {
  const { store, clock, methods, onEvent } = options;
  let nextMs = Number.NEGATIVE_INFINITY;
  return {
    async look() {
      if (clock.monotonic() < nextMs) {
        return;
      }
      const found = await store.unclaimed({ notMethods: [...methods.keys()], forMs, limit });
      nextMs = clock.monotonic() + forMs;
      for (const { name, method } of found) {
        onEvent({ kind: "unclaimed", name, method });
      }
    },
  };
}
