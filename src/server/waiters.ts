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
  answer(record: OperationRecord | undefined): void;
  fail(error: unknown): void;
}

interface Topic {
  readonly name: string;
  readonly waiters: Set<Waiter>;
}

/** Waiters that look into the store once for an operation that has ended, however many wait. */
export function createWaiters(store: OperationStore, clock: Clock): Waiters {
  const topics = new Map<string, Topic>();
  const pacer = createPacer(clock);
  const deadlines = createDeadlines<Waiter>(clock, (due) => {
    for (const topic of new Set([...due].map((waiter) => waiter.topic))) {
      void answer(topic.name, leave([...due].filter((waiter) => waiter.topic === topic)));
    }
  });
  let unsubscribe: (() => void) | undefined;
  let size = 0;
  let closed = false;

  function join(name: string, signal: AbortSignal): { waiter: Waiter; answered: WaitResult } {
    let topic = topics.get(name);
    if (topic === undefined) {
      topic = { name, waiters: new Set() };
      topics.set(name, topic);
      unsubscribe ??= store.subscribe(onChanges);
    }
    const waiter = { topic, signal, dueTogether: undefined } as Partial<Waiter> as Waiter;
    const answered = new Promise<OperationRecord | undefined>((resolve, reject) => {
      waiter.answer = resolve;
      waiter.fail = reject;
    });
    waiter.handleEvent = () => {
      leave([waiter]);
      waiter.fail(ConnectError.from(signal.reason));
    };
    signal.addEventListener("abort", waiter);
    topic.waiters.add(waiter);
    size++;
    return { waiter, answered };
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
      pacer.give(
        waiters.map(({ signal, answer }) => ({ bytes, signal, give: () => answer(record) })),
      );
    } catch (error) {
      for (const { fail } of waiters) {
        fail(error);
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
      // Joined before the look into the store, so that no end can slip through in between.
      const { waiter, answered } = join(name, signal);
      let record: OperationRecord | undefined;
      try {
        record = await store.read(name);
      } catch (error) {
        leave([waiter]);
        throw error;
      }
      if (record === undefined || record.state === "done") {
        leave([waiter]);
        return record;
      }
      if (waiter.topic.waiters.has(waiter)) {
        waiter.dueTogether = deadlines.add(waiter, timeoutMs);
      }
      return await answered;
    },
    async close() {
      closed = true;
      await Promise.all(
        [...topics.values()].map(({ name, waiters }) => answer(name, leave(waiters))),
      );
    },
  };
}

type WaitResult = Promise<OperationRecord | undefined>;
