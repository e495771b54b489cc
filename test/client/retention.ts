// SPDX-License-Identifier: Apache-2.0

import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Objects that nobody should hold any more after a while. */
export interface Retention {
  /** Notes an object under a kind, without holding it. */
  watch(kind: string, object: object | undefined): void;
  /** How many of each kind are still there once all garbage has been collected. */
  retained(): Promise<Readonly<Record<string, number>>>;
}

export function watchRetention(): Retention {
  const watched = new Map<string, WeakRef<object>[]>();
  return {
    watch(kind, object) {
      const references = watched.get(kind) ?? [];
      watched.set(kind, references);
      if (object !== undefined) {
        references.push(new WeakRef(object));
      }
    },

    async retained() {
      // The engine itself may hold one thing or another for a few turns.
      for (let attempts = 5; ; attempts--) {
        await collectGarbage();
        const counts = Object.fromEntries(
          [...watched].map(([kind, references]) => [
            kind,
            references.filter((reference) => reference.deref() !== undefined).length,
          ]),
        );
        if (attempts === 0 || Object.values(counts).every((count) => count === 0)) {
          return counts;
        }
      }
    },
  };
}

/** Collects all garbage, also what is about to become it. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  // What a reference is made to, or read from, lives until the end of the turn.
  for (let i = 0; i < 3; i++) {
    await turn();
    collect();
  }
}
