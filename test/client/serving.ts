// SPDX-License-Identifier: Apache-2.0

import { setTimeout as pause } from "node:timers/promises";
import {
  type Client,
  type ConnectRouter,
  type ContextValues,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import { expect } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { waitingClock } from "../../src/client/clock.ts";
import { createOperationClient, type OperationClient } from "../../src/client/index.ts";
import type { Clock } from "../../src/clock.ts";
import { operationRegistry } from "../../src/index.ts";
import type { RuleOptions } from "../../src/rest/index.ts";
import { createOperations, memoryStore, type OperationHandlers } from "../../src/server/index.ts";
import { manualClock } from "../../src/testing/index.ts";
import { turns, until } from "../server/turns.ts";
import type { OpenTransport, TransportKind } from "./transports.ts";

type Service = typeof ChecksumServiceOperations;
type Handlers = OperationHandlers<Service>;

/** What a server does when it is asked for a checksum. */
export type ChecksumHandler = Handlers["checksumTree"] & {};

/** A call of an RPC, on one side of it. */
export interface Call {
  readonly method: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  isPending: boolean;
}

/** A server of checksums, and a client of it, over one kind of transport. */
export interface Serving extends AsyncDisposable {
  readonly client: OperationClient<Service>;
  readonly api: Client<typeof OperationsApi>;
  /** The calls that have arrived, in order. */
  readonly served: readonly Call[];
  /** The calls that were made. */
  readonly sent: readonly Call[];
  /** The names of the methods that were called, in order. */
  readonly methods: readonly string[];
  /** A process that knows nothing of the others. */
  connect: OpenTransport["connect"];
  /** Moves the clock of both sides. */
  advance(ms: number): Promise<void>;
  /** Lets time pass, on both sides, until a promise settles. */
  passing<T>(promise: Promise<T>): Promise<T>;
  /** Until the server has a call of this method to answer. */
  pending(method: string): Promise<void>;
  /** That no call is under way, no timer runs, and none is made any more. */
  expectRest(): Promise<void>;
}

export interface ServingOptions {
  readonly listAlgorithms?: Handlers["listAlgorithms"];
  /** Whether time passes by itself. Default: false, it stands still until it is moved. */
  readonly inRealTime?: boolean;
  readonly rest?: RuleOptions;
}

// So that a second takes 20 ms, which is long for a call on the loopback interface.
const stepMs = 50;

export async function serving(
  kind: TransportKind,
  checksumTree: ChecksumHandler,
  options: ServingOptions = {},
): Promise<Serving> {
  const {
    listAlgorithms = () => ({ algorithms: ["sha256"] }),
    inRealTime = false,
    rest = {},
  } = options;
  const clock = manualClock();
  const time = inRealTime ? waitingClock : clock;
  const timers = new Set<object>();
  const served: Call[] = [];
  const sent: Call[] = [];
  const operations = createOperations({
    store: memoryStore({ clock: time }),
    domain: "checksum.test",
    clock: time,
  });
  const checksum = operations.implement(ChecksumServiceOperations, {
    checksumTree,
    listAlgorithms,
  });
  operations.work();
  const open: OpenTransport = await kind.open(
    (router) => {
      const watched = watchedRouter(router, served);
      operations.routes(watched);
      watched.service(ChecksumServiceOperations, checksum);
    },
    { registry: operationRegistry(ChecksumServiceOperations), interceptors: [noteIn(sent)], rest },
  );

  // In steps that leave the server's workers their time.
  async function advance(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 5_000) {
      await turns();
      clock.advance(Math.min(5_000, leftMs));
    }
    await turns();
  }

  async function passing<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    const giveUpAt = performance.now() + 10_000;
    while (!isOver && performance.now() < giveUpAt) {
      await pause(1);
      clock.advance(stepMs);
    }
    return isOver ? promise : expect.fail("it has not settled");
  }

  return {
    client: createOperationClient(ChecksumServiceOperations, open.transport, {
      clock: counted(time, timers),
    }),
    api: createClient(OperationsApi, open.transport),
    served,
    sent,
    get methods() {
      return served.map(({ method }) => method);
    },
    connect: (options) => open.connect(options),
    advance,
    passing,
    pending: (method) =>
      until(() => served.some((call) => call.isPending && call.method === method)),
    async expectRest() {
      const isAtRest = () =>
        timers.size === 0 && ![...served, ...sent].some(({ isPending }) => isPending);
      await until(isAtRest);
      const { length } = sent;
      await advance(120_000);
      expect(sent).toHaveLength(length);
      expect(isAtRest()).toBe(true);
    },
    async [Symbol.asyncDispose]() {
      await passing(operations.close({ drainMs: 0 }));
      await open.close();
    },
  };
}

/** A handler that does nothing until it has to stop. */
export const untilAborted: ChecksumHandler = async (_, { signal }) => {
  await aborted(signal);
  throw signal.reason;
};

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve());
  });
}

/** What a promise is rejected with. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.fail(`it gave ${value}`),
    (reason: unknown) => reason,
  );
}

/** A router whose services note their calls. */
export function watchedRouter(router: ConnectRouter, calls: Call[]): ConnectRouter {
  const watched: ConnectRouter = {
    ...router,
    service(service, implementation) {
      router.service(service, implementation, { interceptors: [noteIn(calls)] });
      return watched;
    },
  };
  return watched;
}

/** Notes calls, with whether they are under way. */
function noteIn(calls: Call[]): Interceptor {
  return (next) => async (request) => {
    const { method, header, contextValues } = request;
    const call = { method: method.name, header, contextValues, isPending: true };
    calls.push(call);
    try {
      return await next(request);
    } finally {
      call.isPending = false;
    }
  };
}

function counted(clock: Clock, timers: Set<object>): Clock {
  return {
    ...clock,
    schedule(callback, delayMs) {
      const timer = {};
      timers.add(timer);
      const takeBack = clock.schedule(() => {
        timers.delete(timer);
        callback();
      }, delayMs);
      return () => {
        timers.delete(timer);
        takeBack();
      };
    },
  };
}
