// SPDX-License-Identifier: Apache-2.0

import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../clock.ts";
import { createDeadlines, type DueTogether } from "./deadlines.ts";
import { createPacer } from "./pacer.ts";
import {
  type OperationChange,
  type OperationRecord,
  type OperationStore,
  payloadBytes,
} from "./store.ts";

/** Those who wait for operations to end. */
export interface Waiters {
  /** How many wait. */
  readonly size: number;
  /**
   * The operation once it is done; its latest state once the time is over, or this process closes;
   * undefined once there is no such operation. Rejects if `signal` aborts before.
   */
  wait(name: string, options: WaitOptions): Promise<OperationRecord | undefined>;
  /** Answers everybody with the latest state, and from now on at once. */
  close(): Promise<void>;
}

interface WaitOptions {
  readonly timeoutMs: number;
  /** Aborts when the caller has gone, and when it has its answer. */
  readonly signal: AbortSignal;
}

interface Waiter extends EventListenerObject {
  readonly topic: Topic;
  readonly signal: AbortSignal;
  dueTogether: DueTogether<Waiter> | undefined;
  settle(outcome: Outcome): void;
}

// What a wait returns or throws. A promise that rejects before anybody awaits it would be unhandled.
type Outcome = () => OperationRecord | undefined;

interface Topic {
  readonly name: string;
  readonly waiters: Set<Waiter>;
}

/** Waiters that look into the store once for an operation that has ended, however many wait. */
export function createWaiters(store: OperationStore, clock: Clock): Waiters {
  const topics = new Map<string, Topic>();
  const pacer = createPacer(clock);
  const deadlines = createDeadlines<Waiter>(clock, (due) => {
    const byName = new Map<string, Waiter[]>();
    for (const waiter of leave(due)) {
      const { name } = waiter.topic;
      const others = byName.get(name);
      if (others === undefined) {
        byName.set(name, [waiter]);
      } else {
        others.push(waiter);
      }
    }
    for (const [name, waiters] of byName) {
      void answer(name, waiters);
    }
  });
  let unsubscribe: (() => void) | undefined;
  let size = 0;
  let closed = false;

  function join(name: string, signal: AbortSignal): { waiter: Waiter; settled: Promise<Outcome> } {
    let topic = topics.get(name);
    if (topic === undefined) {
      topic = { name, waiters: new Set() };
      topics.set(name, topic);
      unsubscribe ??= store.subscribe(onChanges);
    }
    const waiter = { topic, signal, dueTogether: undefined } as Partial<Waiter> as Waiter;
    const settled = new Promise<Outcome>((resolve) => {
      waiter.settle = resolve;
    });
    waiter.handleEvent = () => {
      leave([waiter]);
      waiter.settle(throwing(ConnectError.from(signal.reason)));
    };
    signal.addEventListener("abort", waiter);
    topic.waiters.add(waiter);
    size++;
    return { waiter, settled };
  }

  /** From now on these wait for nothing but their answer. The ones that did wait until now. */
  function leave(waiters: Iterable<Waiter>): Waiter[] {
    const left = [...waiters].filter((waiter) => waiter.topic.waiters.delete(waiter));
    for (const waiter of left) {
      waiter.dueTogether?.delete(waiter);
      waiter.signal.removeEventListener("abort", waiter);
      if (waiter.topic.waiters.size === 0) {
        topics.delete(waiter.topic.name);
      }
    }
    size -= left.length;
    if (topics.size === 0) {
      unsubscribe?.();
      unsubscribe = undefined;
    }
    return left;
  }

  /** Reads the operation, once, and tells these. */
  async function answer(name: string, waiters: readonly Waiter[]): Promise<void> {
    try {
      const record = await store.read(name);
      const bytes = record === undefined ? 0 : payloadBytes(record);
      const outcome = () => record;
      pacer.give(
        waiters.map(({ signal, settle }) => ({ bytes, signal, give: () => settle(outcome) })),
      );
    } catch (error) {
      for (const { settle } of waiters) {
        settle(throwing(error));
      }
    }
  }

  function onChanges(changes: readonly OperationChange[]): void {
    for (const { name, state, deleted } of changes) {
      const topic = state === "done" || deleted ? topics.get(name) : undefined;
      if (topic !== undefined) {
        void answer(name, leave(topic.waiters));
      }
    }
  }

  return {
    get size() {
      return size;
    },
    async wait(name, { timeoutMs, signal }) {
      if (closed || timeoutMs <= 0) {
        return await store.read(name);
      }
      if (signal.aborted) {
        throw ConnectError.from(signal.reason);
      }
      const startMs = clock.monotonic();
      // Joined before the look into the store, so that no end can slip through in between.
      const { waiter, settled } = join(name, signal);
      let record: OperationRecord | undefined;
      try {
        record = await store.read(name);
      } catch (error) {
        leave([waiter]);
        throw error;
      }
      const leftMs = timeoutMs - (clock.monotonic() - startMs);
      if (record === undefined || record.state === "done" || leftMs <= 0) {
        leave([waiter]);
        return record;
      }
      if (waiter.topic.waiters.has(waiter)) {
        waiter.dueTogether = deadlines.add(waiter, leftMs);
      }
      return (await settled)();
    },
    async close() {
      closed = true;
      await Promise.all(
        [...topics.values()].map(({ name, waiters }) => answer(name, leave(waiters))),
      );
      await pacer.idle();
    },
  };
}

function throwing(error: unknown): Outcome {
  return () => {
    throw error;
  };
}
