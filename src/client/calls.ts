// SPDX-License-Identifier: Apache-2.0

import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
} from "@connectrpc/connect";
import type { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { anyTypesKey } from "../any-types.ts";
import type { Clock } from "../clock.ts";
import type { OperationTypes } from "../operation-service.ts";
import type { Pace } from "./pace.ts";
import { pause } from "./pause.ts";
import { inBrowser } from "./platform.ts";
import { withRegistryHint } from "./registry-hint.ts";
import { retryHintMs } from "./retry-hint.ts";
import { isTransient } from "./transient.ts";
import type { WaitSlots } from "./wait-slots.ts";

/** A client of `google.longrunning.Operations`, as `createClient(Operations, transport)` makes it. */
export type OperationsClient = Client<typeof Operations>;

/** Where operations live, and how it is asked about them. */
export interface OperationsServer {
  readonly calls: OperationsClient;
  readonly slots: WaitSlots;
  readonly maxWaits: number | undefined;
  readonly pace: Pace;
  readonly clock: Clock;
}

/** What every call about an operation carries. */
export interface CallTarget {
  readonly name: string;
  /** What the Anys of an answer hold, where that is known. */
  readonly types?: OperationTypes | undefined;
  readonly headers?: HeadersInit | undefined;
  readonly contextValues?: ContextValues | undefined;
}

/** How long one call may take, in milliseconds: as Google's own clients have it. */
export const callMs = 10_000;

/** The options of one call. */
function callOptions(target: CallTarget, options: CallOptions): CallOptions {
  return {
    ...options,
    contextValues: telling(target.types, options.contextValues ?? target.contextValues),
    headers: {
      ...Object.fromEntries([...new Headers(target.headers), ...new Headers(options.headers)]),
      // By this Google's front ends route gRPC. Pages of other origins may have to be allowed to send
      // it, and what browsers speak says the name otherwise.
      ...(!inBrowser && { "x-goog-request-params": `name=${encodeURIComponent(target.name)}` }),
    },
  };
}

/** Context values that tell a transport for JSON what the Anys of an answer may hold. */
export function telling(
  types: OperationTypes | undefined,
  contextValues: ContextValues = createContextValues(),
): ContextValues {
  return contextValues.set(anyTypesKey, types ? [types.response, types.metadata] : []);
}

/** What is going to happen after a call that failed. */
export interface PollRetry {
  /** Of the operation. */
  readonly name: string;
  /** How many calls in a row have failed. */
  readonly failures: number;
  /** When the next one is made, in milliseconds from now. */
  readonly delayMs: number;
}

/** A call that may be made again. */
export interface RepeatableCall<Answer> {
  readonly target: CallTarget;
  readonly options?: CallOptions | undefined;
  /** Default: 5. */
  readonly maxAttempts?: number;
  /** Makes it; `lastError` is why it is made again. */
  call(options: CallOptions, lastError?: ConnectError): Promise<Answer>;
  /** Is told of each failure after which it is made again. */
  onFailure?(error: ConnectError, retry: PollRetry): void;
}

/**
 * Makes a call until somebody answers it: for ten seconds each time, and within `options.timeoutMs`.
 * The pauses are what the server asks for, with growing ones on top, so that those who were turned
 * away together do not come back together.
 *
 * @throws ConnectError the last one; CANCELED once the signal has aborted.
 * @see AIP-194
 */
export async function callAgain<Answer>(
  { pace, clock }: Pick<OperationsServer, "pace" | "clock">,
  { target, options = {}, maxAttempts = 5, call, onFailure }: RepeatableCall<Answer>,
): Promise<Answer> {
  const { timeoutMs = 0, signal } = options;
  const endMs = clock.monotonic() + (timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY);
  let lastError: ConnectError | undefined;
  for (let failures = 1; ; failures += 1) {
    const limitMs = Math.min(callMs, endMs - clock.monotonic());
    try {
      return await call(callOptions(target, { ...options, timeoutMs: limitMs }), lastError);
    } catch (cause) {
      const error = withRegistryHint(cause);
      const delayMs = (retryHintMs(error) ?? 0) + pace.afterFailures(failures);
      const isLast = failures === maxAttempts || clock.monotonic() + delayMs >= endMs;
      if (isLast || signal?.aborted || !isTransient(error)) {
        throw error;
      }
      lastError = error;
      onFailure?.(error, { name: target.name, failures, delayMs });
      await pause(delayMs, { clock, signal });
      if (signal?.aborted) {
        throw ConnectError.from(signal.reason, Code.Canceled);
      }
      // A machine may have slept meanwhile; and to Connect a time of less than nothing is no limit.
      if (clock.monotonic() >= endMs) {
        throw error;
      }
    }
  }
}
