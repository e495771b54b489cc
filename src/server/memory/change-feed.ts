// SPDX-License-Identifier: Apache-2.0

import type { OperationChange, OperationStore } from "../store.ts";
import { changeOf, type Row } from "./row.ts";

/** Tells listeners of rows that were written. */
export interface ChangeFeed {
  readonly subscribe: OperationStore["subscribe"];
  /** The row was written, and is as others may see it. */
  wrote(row: Row): void;
  close(): void;
}

export function changeFeed(): ChangeFeed {
  const listeners = new Set<Parameters<OperationStore["subscribe"]>[0]>();
  let untold: OperationChange[] = [];

  function tell(): void {
    const changes = untold;
    untold = [];
    for (const listener of listeners) {
      listener(changes);
    }
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wrote(row) {
      if (listeners.size > 0) {
        if (untold.length === 0) {
          queueMicrotask(tell);
        }
        untold.push(changeOf(row));
      }
    },
    close: () => listeners.clear(),
  };
}
