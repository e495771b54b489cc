// SPDX-License-Identifier: Apache-2.0

import type { DescMessage } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type Client,
  type ContextValues,
  createContextValues,
} from "@connectrpc/connect";
import type { Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { anyTypesKey } from "../any-types.ts";
import type { Clock } from "../clock.ts";
import type { Pace } from "./pace.ts";
import { inBrowser } from "./platform.ts";
import { retried } from "./retried.ts";
import type { WaitSlots } from "./wait-slots.ts";

/** A client of `google.longrunning.Operations`, as `createClient(Operations, transport)` makes it. */
export type OperationsClient = Client<typeof Operations>;

/** The calls that follow an operation. */
export type FollowingClient = Pick<OperationsClient, "getOperation" | "waitOperation">;

/** Where operations live, and how it is asked about them. */
export interface OperationsServer<Calls extends FollowingClient = FollowingClient> {
  readonly calls: Calls;
  readonly slots: WaitSlots;
  readonly maxWaits: number | undefined;
  readonly pace: Pace;
  readonly clock: Clock;
}

/** What every call about one operation carries. */
export interface OperationTarget {
  readonly name: string;
  /** What its Anys may hold. */
  readonly anyTypes: readonly DescMessage[];
  readonly headers?: HeadersInit | undefined;
  readonly contextValues?: ContextValues | undefined;
}

// Google's own clients give these calls as long.
const callMs = 10_000;

/** Reads an operation, once. */
export function getOperation(
  { calls }: OperationsServer,
  { target, signal }: { readonly target: OperationTarget; readonly signal: AbortSignal },
): Promise<Operation> {
  const options = callOptions(target, { signal, timeoutMs: callMs });
  return calls.getOperation({ name: target.name }, options);
}

/** Waits until an operation has ended, or for `windowMs`. */
export function waitOperation(
  { calls }: OperationsServer,
  {
    target,
    signal,
    windowMs,
  }: { readonly target: OperationTarget; readonly signal: AbortSignal; readonly windowMs: number },
): Promise<Operation> {
  return calls.waitOperation(
    { name: target.name, timeout: durationFromMs(windowMs) },
    // The deadline is for connections that are dead; a server that is late is still heard.
    callOptions(target, { signal, timeoutMs: windowMs + callMs }),
  );
}

/**
 * Makes a call about an operation that may be made again, and makes it again where it cannot be known
 * to have arrived.
 *
 * @throws ConnectError
 */
export function callAbout<Response>(
  { pace, clock }: Pick<OperationsServer, "pace" | "clock">,
  {
    target,
    call,
    options = {},
  }: {
    readonly target: OperationTarget;
    readonly call: (options: CallOptions, attempt: number) => Promise<Response>;
    readonly options: CallOptions | undefined;
  },
): Promise<Response> {
  const { signal } = options;
  // Connect takes it for none.
  const timeoutMs =
    options.timeoutMs !== undefined && options.timeoutMs <= 0 ? undefined : options.timeoutMs;
  const headers = new Headers(target.headers);
  new Headers(options.headers).forEach((value, key) => {
    headers.set(key, value);
  });
  return retried(
    (attempt) => {
      const limits = { timeoutMs: attempt.timeoutMs ?? callMs };
      const given = callOptions({ ...target, ...options, headers }, limits);
      return call({ ...options, ...given }, attempt.number);
    },
    { pace, clock, signal, timeoutMs },
  );
}

function callOptions(
  { name, anyTypes, headers, contextValues = createContextValues() }: OperationTarget,
  limits: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): CallOptions {
  contextValues.set(anyTypesKey, anyTypes);
  const sent = new Headers(headers);
  // By this Google's front ends route gRPC. Scripts of other origins may have to be allowed to send it,
  // and what they speak says the name in the URL or the message.
  if (!inBrowser) {
    sent.set("x-goog-request-params", `name=${encodeURIComponent(name)}`);
  }
  return { ...limits, headers: sent, contextValues };
}
