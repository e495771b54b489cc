// SPDX-License-Identifier: Apache-2.0

import type { Message, Registry } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationRegistry } from "../operation-registry.ts";
import type { OperationService } from "../operation-service.ts";
import { createAccess } from "./access.ts";
import { createOperationsApi } from "./api/operations-api.ts";
import { createEngine } from "./engine.ts";
import type { OperationHandlers, OperationServiceImpl } from "./handlers.ts";
import { domainOf, implementService } from "./implement.ts";
import type { ExternalMethod, RunnableMethod } from "./method.ts";
import { withOpaqueErrors } from "./opaque-errors.ts";
import { checkNumber, longestTimerMs, type OperationsOptions, settingsOf } from "./options.ts";
import type { ExternalOutcome } from "./run/external.ts";
import { createAdmission } from "./start/admission.ts";
import { createStarter } from "./start/starter.ts";

/** Long-running operations: the methods that start them, the API that follows them, the work. */
export interface Operations extends AsyncDisposable {
  /**
   * Makes an implementation for `router.service` of handlers: a long-running method becomes one
   * that stores an operation and answers with it; ordinary methods stay as they are.
   *
   * @throws Error, TypeError or RangeError that says which handler does not fit its method, and why;
   * or that a method is implemented already.
   */
  implement<Service extends OperationService>(
    service: Service,
    handlers: OperationHandlers<Service>,
  ): OperationServiceImpl<Service>;

  /** Registers `google.longrunning.Operations`, all five methods. May be called for many routers. */
  routes(router: ConnectRouter): void;

  /** Begins to run operations. A process that never does so still starts and answers. */
  work(): void;

  /**
   * Replaces the metadata of an operation whose method is `run: "external"`. Like `complete` and
   * `fail`, it may be repeated until it is answered.
   *
   * @throws TypeError if the message is not of the method's type; ConnectError if it is too large;
   * Error if the method is not implemented here or not external, or the store fails.
   */
  report(name: string, metadata: Message): Promise<ExternalOutcome>;

  /**
   * Ends an external operation with its response, even after somebody has asked to cancel it. The
   * response may be left out where it is `google.protobuf.Empty`.
   *
   * @throws as `report` does.
   */
  complete(name: string, response?: Message): Promise<ExternalOutcome>;

  /**
   * Ends an external operation with what a handler could have thrown: a ConnectError as it stands,
   * anything else as INTERNAL. After somebody has asked to cancel it, it ends CANCELLED instead.
   *
   * @throws Error if the method is not implemented here or not external, or the store fails.
   */
  fail(name: string, error: unknown): Promise<ExternalOutcome>;

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

/** Long-running operations over a store. */
export function createOperations(options: OperationsOptions): Operations {
  const settings = settingsOf(options);
  const { onError, onEvent } = settings;
  const { store } = options;
  // Where nobody listens, what happens most is not even put into words.
  const listener = options.onEvent === undefined ? undefined : onEvent;
  const registry = createOperationRegistry();
  const methods = new Map<string, RunnableMethod | ExternalMethod>();
  let domain = options.domain;
  let closing: Promise<void> | undefined;
  let closed = false;

  const onStoreError = (error: unknown) =>
    onError(error, { operation: undefined, source: "store" });
  const onHandlerError = (error: unknown) =>
    onError(error, { operation: undefined, source: "handler" });
  const access = createAccess({
    principal: options.principal,
    authorize: options.authorize,
    domain: currentDomain,
    onError: onHandlerError,
  });
  const opaque = { domain: currentDomain, closed: () => closed, onError: onStoreError };
  const engine = createEngine({
    store,
    settings,
    onEvent: listener,
    methods,
    registry,
    domain: currentDomain,
  });
  const api = createOperationsApi({
    store,
    settings,
    access,
    methods,
    registry,
    opaque,
    onCancelRequested: engine.external.cancelRequested,
  });
  const start = createStarter({
    store,
    admit: createAdmission(access, settings.maxStarts),
    insert: engine.insert,
    maxOperationBytes: settings.maxOperationBytes,
    registry,
    toOperation: api.toOperation,
    onEvent,
    onHandlerError,
  });

  function currentDomain(): string {
    return domain ?? OperationsApi.typeName;
  }

  async function shutDown(drainMs: number): Promise<void> {
    // Timers of the clock let the process exit; it must not, with work that is not yet given back.
    const alive = setInterval(() => {}, longestTimerMs);
    try {
      await Promise.all([engine.stop(drainMs), api.close()]);
      closed = true;
      await store.close();
    } finally {
      clearInterval(alive);
    }
  }

  const operations: Operations = {
    implement(service, handlers) {
      const domainOfErrors = domain ?? domainOf(service);
      const impl = implementService(service, handlers, {
        settings,
        domain: domainOfErrors,
        registry,
        methods,
        start(method, rules) {
          const startOne = start(method, rules);
          return (request, context) => withOpaqueErrors(() => startOne(request, context), opaque);
        },
      });
      domain = domainOfErrors;
      return impl;
    },
    routes(router) {
      router.service(OperationsApi, api.service);
    },
    work() {
      if (closing === undefined) {
        engine.start();
      }
    },
    report: engine.external.report,
    complete: engine.external.complete,
    fail: engine.external.fail,
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
