// SPDX-License-Identifier: Apache-2.0

import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../clock.ts";
import {
  type OperationChange,
  type OperationRecord,
  type OperationStore,
  payloadBytes,
} from "../store.ts";
import { createDeadlines, type DueTogether } from "./deadlines.ts";
import { createPacer } from "./pacer.ts";

/** Those who wait for operations to end. */
export interface Waiters {
  /** How many wait. */
  readonly size: number;
  /**
   * What `view` makes of the operation once it is done; of its latest state once the time is over, or
   * this process closes; of undefined once there is no such operation. `view` sees the operation at
   * the beginning too: what it throws ends the wait.
   *
   * Rejects if `signal` aborts before, and if too many wait already.
   */
  wait<T>(name: string, options: WaitOptions<T>): Promise<T>;
  /** Answers everybody with the latest state, and from now on at once. */
  close(): Promise<void>;
}

interface WaitOptions<T> {
  readonly timeoutMs: number;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Whether the answer was sent. Default: whether the signal has aborted. */
  readonly isSent?: (() => boolean) | undefined;
  view(record: OperationRecord | undefined): Promise<T>;
}

interface WaitersOptions {
  readonly store: OperationStore;
  readonly clock: Clock;
  /** How many may wait. */
  readonly max: number;
  /** What those are told who would be too many. */
  full(): Error;
}

interface Waiter extends EventListenerObject {
  readonly topic: Topic;
  readonly signal: AbortSignal;
  readonly isSent: (() => boolean) | undefined;
  readonly view: (record: OperationRecord | undefined) => Promise<unknown>;
  dueTogether: DueTogether<Waiter> | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Topic {
  readonly name: string;
  readonly waiters: Set<Waiter>;
}

/** Waiters that look into the store once for an operation that has ended, however many wait. */
export function createWaiters({ store, clock, max, full }: WaitersOptions): Waiters {
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

  function join(
    name: string,
    caller: Omit<Waiter, "topic" | "dueTogether" | "handleEvent">,
  ): Waiter {
    let topic = topics.get(name);
    if (topic === undefined) {
      topic = { name, waiters: new Set() };
      topics.set(name, topic);
      unsubscribe ??= store.subscribe(onChanges);
    }
    // Nothing of its own that all could share: there may be very many.
    const waiter = { ...caller, topic, dueTogether: undefined, handleEvent };
    waiter.signal.addEventListener("abort", waiter);
    topic.waiters.add(waiter);
    size++;
    return waiter;
  }

  // The caller has gone.
  function handleEvent(this: Waiter): void {
    leave([this]);
    this.reject(ConnectError.from(this.signal.reason));
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

  async function begin(waiter: Waiter, timeoutMs: number): Promise<void> {
    const startMs = clock.monotonic();
    try {
      // Joined before the look into the store, so that no end can slip through in between.
      const record = await store.read(waiter.topic.name);
      const seen = await waiter.view(record);
      const leftMs = timeoutMs - (clock.monotonic() - startMs);
      if (record === undefined || record.state === "done" || leftMs <= 0) {
        leave([waiter]);
        waiter.resolve(seen);
      } else if (size > max) {
        leave([waiter]);
        waiter.reject(full());
      } else if (waiter.topic.waiters.has(waiter)) {
        waiter.dueTogether = deadlines.add(waiter, leftMs);
      }
    } catch (error) {
      leave([waiter]);
      waiter.reject(error);
    }
  }

  /** Reads the operation, once, and tells these. */
  async function answer(name: string, waiters: readonly Waiter[]): Promise<void> {
    try {
      const record = await store.read(name);
      const bytes = record === undefined ? 0 : payloadBytes(record);
      pacer.give(
        waiters.map(({ signal, isSent = () => signal.aborted, view, resolve }) => ({
          bytes,
          isSent,
          give: () => resolve(view(record)),
        })),
      );
    } catch (error) {
      for (const { reject } of waiters) {
        reject(error);
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
    wait<T>(name: string, { timeoutMs, signal, isSent, view }: WaitOptions<T>): Promise<T> {
      if (closed || timeoutMs <= 0) {
        return store.read(name).then(view);
      }
      if (signal.aborted) {
        return Promise.reject(ConnectError.from(signal.reason));
      }
      return new Promise<T>((resolve, reject) => {
        const settled = resolve as (answer: unknown) => void;
        void begin(join(name, { signal, isSent, view, resolve: settled, reject }), timeoutMs);
      });
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
