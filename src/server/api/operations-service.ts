// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { durationMs, EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import type { Clock } from "../../clock.ts";
import { invalidField, notFound } from "../errors.ts";
import type { OperationEvent } from "../events.ts";
import { type OpaqueErrorsOptions, withOpaqueErrors } from "../opaque-errors.ts";
import { sinceUs } from "../run/conclusion.ts";
import { cancelledResult } from "../run/ending.ts";
import type { OperationRecord, OperationStore } from "../store.ts";
import { answerSentKey } from "./answer-sent.ts";
import type { ListOperations } from "./list.ts";
import type { Lookup } from "./lookup.ts";
import type { ToOperation } from "./operation-message.ts";
import type { Waiters } from "./waiters.ts";

interface OperationsServiceOptions {
  readonly store: OperationStore;
  readonly lookup: Lookup;
  readonly list: ListOperations;
  readonly waiters: Waiters;
  readonly toOperation: ToOperation;
  readonly maxWaitMs: number;
  readonly clock: Clock;
  readonly opaque: OpaqueErrorsOptions;
  onEvent(event: OperationEvent): void;
  /** Somebody has asked to cancel this operation, which runs. */
  onCancelRequested(record: OperationRecord): void;
}

/** The five methods of `google.longrunning.Operations`, over a store. */
export function operationsService(
  options: OperationsServiceOptions,
): ServiceImpl<typeof Operations> {
  const { store, lookup, list, waiters, toOperation, maxWaitMs, opaque } = options;

  function answer<T>(call: () => Promise<T>): Promise<T> {
    return withOpaqueErrors(call, opaque);
  }

  function checkTimeout(timeoutMs: number): void {
    if (timeoutMs < 0) {
      throw invalidField("timeout", {
        reason: "TIMEOUT_INVALID",
        description: "must not be negative",
        domain: opaque.domain(),
      });
    }
  }

  return {
    getOperation: ({ name }, context) =>
      answer(async () => toOperation(await lookup.find({ action: "get", name }, context))),

    listOperations: (request, context) => answer(() => list(request, context)),

    deleteOperation: ({ name }, context) =>
      answer(async () => {
        await lookup.find({ action: "delete", name }, context);
        if (!(await store.delete(name))) {
          throw notFound(name, opaque.domain());
        }
        options.onEvent({ kind: "deleted", name });
        return create(EmptySchema);
      }),

    cancelOperation: ({ name }, context) =>
      answer(async () => {
        const record = await lookup.find({ action: "cancel", name }, context);
        const outcome = await store.cancel(name, cancelledResult(opaque.domain()));
        if (outcome === "absent") {
          throw notFound(name, opaque.domain());
        }
        if (outcome !== "unchanged") {
          options.onEvent({ kind: "cancel-requested", name });
        }
        if (outcome === "requested") {
          options.onCancelRequested(record);
        } else if (outcome === "ended") {
          const { method, createTimeUs } = record;
          const elapsedMs = sinceUs(createTimeUs, options.clock);
          const ended = { name, method, code: Code.Canceled, elapsedMs, cutOff: false };
          options.onEvent({ kind: "ended", ...ended });
        }
        return create(EmptySchema);
      }),

    // No async functions here: very many calls may be pending, each with its frames.
    waitOperation: ({ name, timeout }, context) =>
      answer(() =>
        lookup.inquire({ action: "wait", name }, context).then((inquiry) => {
          const askedMs = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout);
          return waiters.wait(name, {
            timeoutMs: Math.min(askedMs, answerWithinMs(context), maxWaitMs),
            signal: context.signal,
            isSent: context.values.get(answerSentKey),
            async view(record) {
              const reached = await lookup.reach(inquiry, record);
              checkTimeout(askedMs);
              return toOperation(reached);
            },
          });
        }),
      ),
  };
}

// The answer has to be under way before the caller's deadline.
function answerWithinMs(context: HandlerContext): number {
  const leftMs = context.timeoutMs() ?? Number.POSITIVE_INFINITY;
  const marginMs = Math.min(Math.max(50, leftMs / 10), 1_000, leftMs / 2);
  return leftMs === Number.POSITIVE_INFINITY ? leftMs : leftMs - marginMs;
}
