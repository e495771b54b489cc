// SPDX-License-Identifier: Apache-2.0

import { getEventListeners, setMaxListeners } from "node:events";
import { Code, ConnectError, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeResponse,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import {
  type Operation,
  Operations as OperationsApi,
} from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationClient, type OperationHandle, WaitError } from "../../src/client/index.ts";
import type { Clock } from "../../src/clock.ts";
import { packAny, running, succeeded } from "../../src/index.ts";
import { manualClock } from "../../src/testing/index.ts";
import { collectGarbage, type Retention, watchRetention } from "./retention.ts";

// HANDLES=10000 takes minutes.
const count = Number(process.env.HANDLES ?? 500);
const timeout = 60_000 + count * 20;

type Handle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

/** What lives on after handles are gone: the client, the server, a clock and the caller's signal. */
interface Surroundings {
  readonly resume: (name: string) => Handle;
  readonly controller: AbortController;
  readonly clock: ReturnType<typeof countingClock>;
  /** Settles once so many calls wait, no more and no less. */
  waiting(calls: number): Promise<void>;
  /** Lets all operations end. */
  end(): void;
}

/** What is done with one handle, until its caller drops it; all of them do it at the same time. */
interface Scenario {
  readonly name: string;
  run(handle: Handle, surroundings: Surroundings, allWait: Promise<void>): Promise<unknown>;
  onceAllWait?(surroundings: Surroundings): void;
}

const failsWith = (promise: Promise<unknown>, kind: WaitError["kind"]) =>
  promise.then(
    () => Promise.reject(new Error("it should have failed")),
    (error: unknown) => {
      expect(error).toBeInstanceOf(WaitError);
      expect((error as WaitError).kind).toBe(kind);
    },
  );

const scenarios: readonly Scenario[] = [
  {
    name: "results that came",
    run: (handle, { controller: { signal } }) => handle.result({ signal, timeoutMs: 60_000 }),
    onceAllWait: ({ end }) => end(),
  },
  {
    name: "results that are there already",
    async run(handle, { controller: { signal } }) {
      await Promise.all([handle.result({ signal }), handle.result({ signal })]);
      await handle.result({ signal });
    },
    onceAllWait: ({ end }) => end(),
  },
  {
    name: "waits that were given up",
    run: (handle, { controller: { signal } }) =>
      handle.result({ signal, timeoutMs: 60_000 }).catch((reason) => {
        expect(reason).toBe(signal.reason);
      }),
    onceAllWait: ({ controller }) => controller.abort(),
  },
  {
    name: "waits whose time is over",
    run: (handle, { controller: { signal } }) =>
      failsWith(handle.result({ signal, timeoutMs: 1_000 }), "timed-out"),
    onceAllWait: ({ clock }) => clock.advance(1_000),
  },
  {
    name: "operations that are lost",
    run: ({ name }, { resume, controller: { signal } }) =>
      failsWith(resume(`lost/${name}`).result({ signal, timeoutMs: 60_000 }), "lost-contact"),
  },
  {
    name: "loops that were left",
    async run(handle, { controller: { signal } }) {
      for await (const { filesDone } of handle.progress({ signal, timeoutMs: 60_000 })) {
        expect(filesDone).toBe(1n);
        break;
      }
    },
  },
  {
    name: "loops that went on to the end",
    async run(handle, { controller: { signal } }) {
      for await (const { filesDone } of handle.progress({ signal, timeoutMs: 60_000 })) {
        expect(filesDone).toBe(1n);
      }
    },
    onceAllWait: ({ end }) => end(),
  },
  {
    name: "iterators that were left in the middle of a wait",
    async run(handle, { controller: { signal } }, allWait) {
      const iterator = handle.progress({ signal })[Symbol.asyncIterator]();
      await iterator.next();
      const next = iterator.next();
      await allWait;
      await iterator.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: "calls that were made once",
    async run(handle, { controller: { signal } }) {
      await handle.poll({ signal, timeoutMs: 60_000 });
      await handle.cancel({ signal });
      await handle.delete({ signal });
    },
  },
];

test.each(scenarios)("nothing is kept of $name", { timeout }, async (scenario) => {
  const retention = watchRetention();
  const surroundings = surround(retention);
  await perform(scenario, { surroundings, retention });
  expect(await retention.retained()).toEqual({ handle: 0, message: 0, operation: 0, signal: 0 });
  expect(getEventListeners(surroundings.controller.signal, "abort")).toEqual([]);
  expect(surroundings.clock.scheduled()).toBe(0);
});

test("a single one that is kept is found", { timeout }, async () => {
  const retention = watchRetention();
  const surroundings = surround(retention);
  const kept: unknown[] = [];
  const scenario: Scenario = {
    name: "a result of which one caller keeps the state",
    async run(handle) {
      await handle.result();
      if (handle.name === "operations/7") {
        kept.push(handle.latest);
      }
    },
    onceAllWait: ({ end }) => end(),
  };
  await perform(scenario, { surroundings, retention });
  expect(await retention.retained()).toMatchObject({ handle: 0, operation: 1 });
  expect(kept).toHaveLength(1);
});

test("an iterator that somebody still asks is found, and all that it needs", {
  timeout,
}, async () => {
  const retention = watchRetention();
  const surroundings = surround(retention);
  const scenario: Scenario = {
    name: "a loop that nobody left",
    async run(handle, { controller: { signal } }) {
      const iterator = handle.progress({ signal, timeoutMs: 60_000 })[Symbol.asyncIterator]();
      await iterator.next();
      if (handle.name === "operations/7") {
        void iterator.next();
      } else {
        await iterator.return?.();
      }
    },
  };
  await perform(scenario, { surroundings, retention });
  await surroundings.waiting(1);
  expect((await retention.retained()).operation).toBeGreaterThanOrEqual(1);
  expect(getEventListeners(surroundings.controller.signal, "abort")).toHaveLength(1);
  expect(surroundings.clock.scheduled()).toBe(1);
  surroundings.end();
});

test("the heap does not grow from round to round, unless somebody keeps handles", {
  timeout,
}, async () => {
  const kept: unknown[] = [];
  const handles = 100;
  const unwatched: Retention = { watch() {}, retained: async () => ({}) };
  const surroundings = surround(unwatched);
  const repeatable = scenarios.filter(({ name }) => name !== "waits that were given up");

  /** By how many bytes the heap has grown for each handle. */
  async function growth(retention: Retention): Promise<number> {
    const before = process.memoryUsage().heapUsed;
    for (const scenario of repeatable) {
      await perform(scenario, { surroundings, retention, handles });
    }
    await collectGarbage();
    return (process.memoryUsage().heapUsed - before) / (handles * repeatable.length);
  }

  // Code that runs for the first times takes memory too.
  for (let warmUps = 4; warmUps > 0; warmUps--) {
    await growth(unwatched);
  }
  // A handle that is left takes twice that, and takes it in each round.
  const rounds = [await growth(unwatched), await growth(unwatched), await growth(unwatched)];
  expect(Math.min(...rounds)).toBeLessThan(150);
  const keeping: Retention = { ...unwatched, watch: (_, object) => kept.push(object) };
  expect(await growth(keeping)).toBeGreaterThan(150);
  expect(kept).toHaveLength(2 * handles * repeatable.length);
});

async function perform(
  { run, onceAllWait }: Scenario,
  {
    surroundings,
    retention,
    handles = count,
  }: {
    readonly surroundings: Surroundings;
    readonly retention: Retention;
    readonly handles?: number;
  },
): Promise<void> {
  const allWait = surroundings.waiting(handles);
  await Promise.all([
    ...Array.from({ length: handles }, async (_, i) => {
      const handle = surroundings.resume(`operations/${i}`);
      retention.watch("handle", handle);
      await run(handle, surroundings, allWait);
      retention.watch("operation", handle.latest);
    }),
    onceAllWait && allWait.then(() => onceAllWait(surroundings)),
  ]);
}

function surround({ watch }: Retention): Surroundings {
  const clock = countingClock();
  const waiters = new Set<() => void>();
  const watchers = new Set<{ readonly calls: number; resolve(): void }>();
  const changed = () => {
    for (const watcher of watchers) {
      if (watcher.calls === waiters.size) {
        watchers.delete(watcher);
        watcher.resolve();
      }
    }
  };
  const metadata = packAny(ChecksumTreeMetadataSchema, { filesDone: 1n });
  const response = packAny(ChecksumTreeResponseSchema, { files: 1n });
  const watching: Interceptor = (next) => (request) => {
    watch("signal", request.signal);
    watch("message", request.message);
    return next(request);
  };
  const transport = createRouterTransport(
    ({ service }) => {
      service(OperationsApi, {
        getOperation: ({ name }) => running({ name, metadata }),
        waitOperation({ name }, { signal }) {
          if (name.startsWith("lost/")) {
            throw new ConnectError("not here", Code.NotFound);
          }
          signal.throwIfAborted();
          return new Promise<Operation>((resolve, reject) => {
            const answer = () => resolve(succeeded({ name, metadata, response }));
            waiters.add(answer);
            changed();
            signal.addEventListener("abort", () => {
              waiters.delete(answer);
              changed();
              reject(signal.reason);
            });
          });
        },
        cancelOperation: () => ({}),
        deleteOperation: () => ({}),
      });
    },
    { transport: { interceptors: [watching] } },
  );
  const client = createOperationClient(ChecksumServiceOperations, transport, { clock });
  const controller = new AbortController();
  // Node takes more than ten listeners for a leak.
  setMaxListeners(0, controller.signal);
  return {
    resume: (name) => client.checksumTree.resume(name),
    controller,
    clock,
    waiting: (calls) =>
      new Promise((resolve) => {
        watchers.add({ calls, resolve });
        changed();
      }),
    end() {
      for (const answer of waiters) {
        answer();
      }
      waiters.clear();
    },
  };
}

/** A clock that tells how much of what it was to do it has neither done nor been spared. */
function countingClock(): Clock & { advance(ms: number): void; scheduled(): number } {
  const clock = manualClock();
  const scheduled = new Set<object>();
  return {
    ...clock,
    scheduled: () => scheduled.size,
    schedule(callback, delayMs) {
      const timer = {};
      scheduled.add(timer);
      const takeBack = clock.schedule(() => {
        scheduled.delete(timer);
        callback();
      }, delayMs);
      return () => {
        scheduled.delete(timer);
        takeBack();
      };
    },
  };
}
