// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import type { Access } from "../access.ts";
import { exhausted } from "../errors.ts";
import type { ServedMethod } from "../method.ts";
import type { OpaqueErrorsOptions } from "../opaque-errors.ts";
import type { Settings } from "../options.ts";
import type { OperationRecord, OperationStore } from "../store.ts";
import { listOperations } from "./list.ts";
import { createLookup } from "./lookup.ts";
import { metadataView } from "./metadata-view.ts";
import { operationMessages, type ToOperation } from "./operation-message.ts";
import { operationsService } from "./operations-service.ts";
import { pageTokens } from "./page-token.ts";
import { createWaiters } from "./waiters.ts";

/** All that callers see of stored operations. */
export interface OperationsApi {
  readonly service: ServiceImpl<typeof Operations>;
  readonly toOperation: ToOperation;
  /** Answers every WaitOperation with the latest state, and from now on at once. */
  close(): Promise<void>;
}

interface OperationsApiOptions {
  readonly store: OperationStore;
  readonly settings: Settings;
  readonly access: Access;
  /** Those implemented here; more may come. */
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly registry: Registry;
  readonly opaque: OpaqueErrorsOptions;
  /** Somebody has asked to cancel this operation, which runs. */
  onCancelRequested(record: OperationRecord): void;
}

export function createOperationsApi(options: OperationsApiOptions): OperationsApi {
  const { store, settings, access, methods, registry, opaque, onCancelRequested } = options;
  const { clock, maxWaitMs, onError, onEvent } = settings;
  const { domain } = opaque;
  const metadataOf = metadataView({ methods, registry });
  const toOperation = operationMessages({
    metadataOf,
    domain,
    onError: (error, operation) => onError(error, { operation, source: "store" }),
  });
  const waiters = createWaiters({
    store,
    clock,
    max: settings.maxWaiters,
    full: () =>
      exhausted("too many calls of WaitOperation are pending", {
        reason: "TOO_MANY_WAITERS",
        domain: domain(),
        retryDelayMs: 1_000,
      }),
  });
  const service = operationsService({
    store,
    lookup: createLookup({ store, access, domain }),
    list: listOperations({
      store,
      access,
      tokens: pageTokens(() => store.secret(), clock),
      methods,
      metadataOf,
      toOperation,
      domain,
    }),
    waiters,
    toOperation,
    maxWaitMs,
    clock,
    onEvent,
    onCancelRequested,
    opaque,
  });
  return { service, toOperation, close: waiters.close };
}
