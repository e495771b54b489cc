// SPDX-License-Identifier: Apache-2.0

import {
  type CallOptions,
  type Client,
  type ConnectError,
  type ContextValues,
  createContextValues,
} from "@connectrpc/connect";
import type { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { anyTypesKey } from "../any-types.ts";
import type { Clock } from "../clock.ts";
import type { OperationTypes } from "../operation-service.ts";
import { pause } from "./clock.ts";
import type { Pace } from "./pace.ts";
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
export function callOptions(target: CallTarget, options: CallOptions): CallOptions {
  return {
    ...options,
    contextValues: telling(target.types, options.contextValues ?? target.contextValues),
    headers: headersOf(target, options.headers),
  };
}

function headersOf({ name, headers }: CallTarget, more: HeadersInit | undefined): HeadersInit {
  // By this Google's front ends route gRPC. Pages of other origins may have to be allowed to send it,
  // and what browsers speak says the name otherwise.
  const routing = inBrowser ? {} : { "x-goog-request-params": `name=${encodeURIComponent(name)}` };
  return headers || more
    ? { ...Object.fromEntries([...new Headers(headers), ...new Headers(more)]), ...routing }
    : routing;
}

/** Context values that tell a transport for JSON what the Anys of an answer may hold. */
export function telling(
  types: OperationTypes | undefined,
  contextValues: ContextValues = createContextValues(),
): ContextValues {
  return contextValues.set(anyTypesKey, types);
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
  /** Makes it; `lastError` is why it is made again. */
  call(options: CallOptions, lastError?: ConnectError): Promise<Answer>;
}

const maxAttempts = 5;

/**
 * Makes a call until somebody answers it: five times at most, for ten seconds each, and within
 * `options.timeoutMs`.
 *
 * @throws ConnectError the last one; CANCELED once the signal has aborted.
 * @see AIP-194
 */
export async function callAgain<Answer>(
  { pace, clock }: Pick<OperationsServer, "pace" | "clock">,
  { target, options = {}, call }: RepeatableCall<Answer>,
): Promise<Answer> {
  const { timeoutMs = 0, signal } = options;
  const endMs = clock.monotonic() + (timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY);
  let lastError: ConnectError | undefined;
  for (let failures = 1; ; failures += 1) {
    const limitMs = Math.min(callMs, endMs - clock.monotonic());
    try {
      return await call(callOptions(target, { ...options, timeoutMs: limitMs }), lastError);
    } catch (cause) {
      lastError = withRegistryHint(cause);
      const delayMs = retryDelayMs(lastError, { pace, failures });
      const isLast = failures === maxAttempts || signal?.aborted;
      if (isLast || delayMs === undefined || clock.monotonic() + delayMs >= endMs) {
        throw lastError;
      }
      // Once the signal has aborted, the call itself says so.
      await pause(delayMs, { clock, signal });
      // A machine may have slept meanwhile; and to Connect a time of less than nothing is no limit.
      if (clock.monotonic() >= endMs) {
        throw lastError;
      }
    }
  }
}

/**
 * Milliseconds before a call is made again: what the server asks for, and growing pauses on top, so
 * that those who were turned away together do not come back together. Undefined for what does not pass.
 */
export function retryDelayMs(
  error: ConnectError,
  { pace, failures }: { readonly pace: Pace; readonly failures: number },
): number | undefined {
  return isTransient(error) ? (retryHintMs(error) ?? 0) + pace.afterFailures(failures) : undefined;
}
