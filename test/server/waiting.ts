// SPDX-License-Identifier: Apache-2.0

import { memoryStore, type OperationResult, type OperationStore } from "../../src/server/index.ts";
import { createWaiters, type Waiters } from "../../src/server/waiters.ts";
import { type Link, linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { type SteppedClock, steppedClock } from "./stepped-clock.ts";

/** Waiters over a store, for operations that a test queues and ends. */
export interface Waiting {
  readonly clock: SteppedClock;
  readonly store: OperationStore;
  readonly link: Link;
  readonly waiters: Waiters;
  queue(name: string): Promise<unknown>;
  end(name: string): Promise<unknown>;
}

/** How long to wait, for a caller who has a signal of their own. */
export const wait: { readonly timeoutMs: number; readonly signal: AbortSignal } = {
  timeoutMs: 60_000,
  get signal() {
    return new AbortController().signal;
  },
};

const result: OperationResult = { kind: "error", code: 1, status: new Uint8Array([8, 1]) };

export function waiting(): Waiting {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  return {
    clock,
    store,
    link,
    waiters: createWaiters(link.store, clock),
    queue: (name) => store.insert(newOperation(name), { kind: "queued" }),
    end: (name) => store.cancel(name, result),
  };
}
