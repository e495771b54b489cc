// SPDX-License-Identifier: Apache-2.0

import { createWaiters, type Waiters } from "../../src/server/api/waiters.ts";
import {
  memoryStore,
  type OperationRecord,
  type OperationResult,
  type OperationStore,
} from "../../src/server/index.ts";
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

/** How long to wait, for a caller who has a signal of their own, and sees everything. */
export const wait: {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  view(record: OperationRecord | undefined): Promise<OperationRecord | undefined>;
} = {
  timeoutMs: 60_000,
  get signal() {
    return new AbortController().signal;
  },
  view: async (record) => record,
};

/** What somebody is told who is one too many. */
export const full: Error = new Error("full");

const result: OperationResult = { kind: "error", code: 1, status: new Uint8Array([8, 1]) };

export function waiting(max = 20_000): Waiting {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  return {
    clock,
    store,
    link,
    waiters: createWaiters({ store: link.store, clock, max, full: () => full }),
    queue: (name) => store.insert(newOperation(name), { kind: "queued" }),
    end: (name) => store.cancel(name, result),
  };
}
