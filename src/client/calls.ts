// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
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
  /** What the Anys of an answer may hold. */
  readonly anyTypes: readonly DescMessage[];
  readonly headers?: HeadersInit | undefined;
  readonly contextValues?: ContextValues | undefined;
}

/** How long one call may take, in milliseconds: as Google's own clients have it. */
export const callMs = 10_000;

const maxAttempts = 5;

/** The options of one call. */
export function callOptions(target: CallTarget, options: CallOptions): CallOptions {
  const { contextValues = target.contextValues ?? createContextValues() } = options;
  contextValues.set(anyTypesKey, target.anyTypes);
  return {
    ...options,
    contextValues,
    headers: {
      ...entries(target.headers),
      ...entries(options.headers),
      // By this Google's front ends route gRPC. Pages of other origins may have to be allowed to send
      // it, and what browsers speak says the name otherwise.
      ...(!inBrowser && { "x-goog-request-params": `name=${encodeURIComponent(target.name)}` }),
    },
  };
}

function entries(headers: HeadersInit | undefined): Record<string, string> | undefined {
  return headers && Object.fromEntries(new Headers(headers));
}

/**
 * Makes a call that may be made again until somebody answers it: five times at most, for ten seconds each, and
 * within `options.timeoutMs`.
 *
 * @throws ConnectError the last one; CANCELED once the signal has aborted.
 * @see AIP-194
 */
export async function callAgain<Response>(
  { pace, clock }: Pick<OperationsServer, "pace" | "clock">,
  {
    target,
    options = {},
    call,
  }: {
    readonly target: CallTarget;
    readonly options: CallOptions | undefined;
    readonly call: (options: CallOptions, attempt: number) => Promise<Response>;
  },
): Promise<Response> {
  const { timeoutMs = 0, signal } = options;
  const endMs = clock.monotonic() + (timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY);
  for (let attempt = 1; ; attempt += 1) {
    const limitMs = Math.min(callMs, endMs - clock.monotonic());
    try {
      return await call(callOptions(target, { ...options, timeoutMs: limitMs }), attempt);
    } catch (cause) {
      const error = withRegistryHint(cause);
      const delayMs = retryDelayMs(error, { pace, failures: attempt });
      const isLast = attempt === maxAttempts || clock.monotonic() + delayMs >= endMs;
      if (isLast || signal?.aborted || !isTransient(error)) {
        throw error;
      }
      // Once the signal has aborted, the call itself says so.
      await pause(delayMs, { clock, signal });
      // A machine may have slept meanwhile; and to Connect a time of less than nothing is no limit.
      if (clock.monotonic() >= endMs) {
        throw error;
      }
    }
  }
}

/**
 * Milliseconds before a call is made again: what the server asks for, and growing pauses on top, so
 * that those who were turned away together do not come back together.
 */
export function retryDelayMs(
  error: ConnectError,
  { pace, failures }: { readonly pace: Pace; readonly failures: number },
): number {
  return (retryHintMs(error) ?? 0) + pace.afterFailures(failures);
}
