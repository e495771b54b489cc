// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationRegistry } from "../operation-registry.ts";
import type { OperationService } from "../operation-service.ts";
import { createAccess } from "./access.ts";
import { createConclusions } from "./conclusion.ts";
import { createExpiry } from "./expiry.ts";
import type { OperationHandlers, OperationServiceImpl } from "./handlers.ts";
import { domainOf, implementService } from "./implement.ts";
import { leaseKeeper } from "./lease-keeper.ts";
import type { RunnableMethod } from "./method.ts";
import { withOpaqueErrors } from "./opaque-errors.ts";
import { createOperationsApi } from "./operations-api.ts";
import { checkNumber, longestTimerMs, type OperationsOptions, settingsOf } from "./options.ts";
import { progressSchedule } from "./progress.ts";
import { createStarter } from "./starter.ts";
import { createSweeper } from "./sweeper.ts";
import { unclaimedWatch } from "./unclaimed.ts";
import { createWorker } from "./worker.ts";

/** Long-running operations: the methods that start them, the API that follows them, the work. */
export interface Operations extends AsyncDisposable {
  /**
   * Makes an implementation for `router.service` of handlers: a long-running method becomes one
   * that stores an operation and answers with it; ordinary methods stay as they are.
   *
   * @throws Error if a handler fits no method, or a method is implemented already.
   */
  implement<Service extends OperationService>(
    service: Service,
    handlers: OperationHandlers<Service>,
  ): OperationServiceImpl<Service>;

  /** Registers `google.longrunning.Operations`, all five methods. May be called for many routers. */
  routes(router: ConnectRouter): void;

  /** Begins to run operations. A process that never does so still starts and answers. */
  work(): void;

  /** Every type that the implemented services need in JSON; it grows with each `implement`. */
  readonly registry: Registry;

  /**
   * Shuts down: answers every WaitOperation, claims nothing more, lets running handlers end for
   * `drainMs` (default: 10 000), gives what is left back to the queue, and closes the store. Calls
   * that come later are answered UNAVAILABLE.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

const defaultDrainMs = 10_000;
const retryMs = 500;

/** Long-running operations over a store. */
export function createOperations(options: OperationsOptions): Operations {
  const settings = settingsOf(options);
  const { clock, leaseMs, mapError, onError, onEvent } = settings;
  const { store } = options;
  const registry = createOperationRegistry();
  const methods = new Map<string, RunnableMethod>();
  let domain = options.domain;
  let closing: Promise<void> | undefined;
  let closed = false;
  let unsubscribe: (() => void) | undefined;

  const onStoreError = (error: unknown) =>
    onError(error, { operation: undefined, source: "store" });
  const access = createAccess({
    principal: options.principal,
    authorize: options.authorize,
    domain: currentDomain,
    onError: (error) => onError(error, { operation: undefined, source: "handler" }),
  });
  const opaque = { domain: currentDomain, closed: () => closed, onError: onStoreError };
  const keeper = leaseKeeper({ store, clock, leaseMs, onError: onStoreError });
  const conclusions = createConclusions({
    store,
    clock,
    onEvent,
    onError: (error, operation) => onError(error, { operation, source: "store" }),
  });
  const worker = createWorker({
    host: {
      store,
      clock,
      conclusions,
      mapError,
      onEvent,
      schedule: progressSchedule(clock, settings.progressIntervalMs),
      limits: {
        maxOperationBytes: settings.maxOperationBytes,
        maxStatusBytes: settings.maxMetadataBytes,
        registry,
      },
      onError: (error, source, operation) => onError(error, { operation, source }),
      async retry() {
        await new Promise<void>((resolve) => clock.schedule(resolve, retryMs));
        return !closed;
      },
    },
    keeper,
    methods,
    concurrency: settings.concurrency,
    leaseMs,
    onError: onStoreError,
    schedule: clock.schedule,
  });
  const sweeper = createSweeper({
    store,
    clock,
    conclusions,
    expiry: createExpiry({ store, clock, onEvent, onError: onStoreError }),
    unclaimed: unclaimedWatch({ store, clock, methods, onEvent }),
    leaseMs,
    intervalMs: settings.sweepIntervalMs,
    domain: currentDomain,
    onError: onStoreError,
    onClaimable(delayMs) {
      if (delayMs === 0) {
        worker.wake();
      } else {
        clock.schedule(worker.wake, delayMs);
      }
    },
  });
  const start = createStarter({ store, worker, keeper, access, leaseMs });
  const api = createOperationsApi({
    store,
    settings,
    access,
    methods,
    registry,
    opaque,
    onCancelRequested() {},
  });

  function currentDomain(): string {
    return domain ?? OperationsApi.typeName;
  }

  async function shutDown(drainMs: number): Promise<void> {
    // Timers of the clock let the process exit; it must not, with work that is not yet given back.
    const alive = setInterval(() => {}, longestTimerMs);
    try {
      await Promise.all([sweeper.stop(), api.close(), worker.drain(drainMs)]);
      closed = true;
      unsubscribe?.();
      await store.close();
    } finally {
      clearInterval(alive);
    }
  }

  const operations: Operations = {
    implement(service, handlers) {
      domain ??= domainOf(service);
      return implementService(service, handlers, {
        settings,
        domain,
        registry,
        methods,
        start: (method, request, context) =>
          withOpaqueErrors(() => start(method, request, context), opaque),
      });
    },
    routes(router) {
      router.service(OperationsApi, api.service);
    },
    work() {
      if (closing === undefined && unsubscribe === undefined) {
        unsubscribe = store.subscribe((changes) => {
          for (const change of changes) {
            worker.changed(change);
            sweeper.changed(change);
          }
        });
        worker.start();
        sweeper.start();
      }
    },
    registry,
    async close({ drainMs = defaultDrainMs } = {}) {
      checkNumber("drainMs", drainMs, 0, longestTimerMs);
      closing ??= shutDown(drainMs);
      await closing;
    },
    [Symbol.asyncDispose]: () => operations.close(),
  };
  return operations;
}
