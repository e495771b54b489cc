// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { OperationEvent } from "./events.ts";
import type { ServedMethods } from "./method.ts";
import type { Settings } from "./options.ts";
import { createConclusions } from "./run/conclusion.ts";
import { type ExternalOperations, externalOperations } from "./run/external.ts";
import { leaseKeeper } from "./run/lease-keeper.ts";
import { progressWriter } from "./run/progress.ts";
import { createRetries } from "./run/retries.ts";
import { createWorker } from "./run/worker.ts";
import { createInserter, type Inserter } from "./start/inserter.ts";
import type { OperationStore } from "./store.ts";
import { createExpiry } from "./sweep/expiry.ts";
import { createSweeper } from "./sweep/sweeper.ts";
import { unclaimedWatch } from "./sweep/unclaimed.ts";

/** What runs operations, and looks after those that others have left. */
export interface Engine {
  readonly insert: Inserter;
  readonly external: ExternalOperations;
  /** Begins to claim and to sweep; does nothing the second time. */
  start(): void;
  /** Claims nothing more, lets handlers end for `drainMs`, and gives back what is left. */
  stop(drainMs: number): Promise<void>;
}

interface EngineOptions {
  readonly store: OperationStore;
  readonly settings: Settings;
  /** Undefined where nobody listens. */
  readonly onEvent: ((event: OperationEvent) => void) | undefined;
  /** Grows with each service that is implemented. */
  readonly methods: ServedMethods;
  readonly registry: Registry;
  domain(): string;
}

/** An engine that does nothing until it is started. */
export function createEngine(options: EngineOptions): Engine {
  const { store, settings, onEvent, methods, registry, domain } = options;
  const { clock, leaseMs, mapError, onError } = settings;
  let unsubscribe: (() => void) | undefined;

  const onStoreError = (error: unknown, operation?: string) =>
    onError(error, { operation, source: "store" });
  const limits = {
    maxOperationBytes: settings.maxOperationBytes,
    maxStatusBytes: settings.maxMetadataBytes,
    registry,
  };
  const conclusions = createConclusions({ store, clock, onEvent, onError: onStoreError });
  const keeper = leaseKeeper({ store, clock, leaseMs, onError: onStoreError });
  const worker = createWorker({
    store,
    host: {
      clock,
      conclusions,
      mapError,
      onEvent,
      progressWriter: progressWriter({
        store,
        clock,
        intervalMs: settings.progressIntervalMs,
        onError: onStoreError,
      }),
      limits,
      onError: (error, source, operation) => onError(error, { operation, source }),
      retries: createRetries(clock),
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
    expiry: createExpiry({ store, clock, onEvent: settings.onEvent, onError: onStoreError }),
    unclaimed: unclaimedWatch({ store, clock, methods, onEvent: settings.onEvent }),
    leaseMs,
    intervalMs: settings.sweepIntervalMs,
    domain,
    onError: onStoreError,
    onClaimable(delayMs) {
      if (delayMs === 0) {
        worker.wake();
      } else {
        clock.schedule(worker.wake, delayMs);
      }
    },
  });

  return {
    insert: createInserter({ store, worker, keeper, leaseMs }),
    external: externalOperations({
      store,
      methods,
      conclusions,
      limits,
      mapError,
      onHandlerError: (error, operation) => onError(error, { operation, source: "handler" }),
    }),
    start() {
      if (unsubscribe === undefined) {
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
    async stop(drainMs) {
      await Promise.all([sweeper.stop(), worker.drain(drainMs)]);
      unsubscribe?.();
    },
  };
}
