// SPDX-License-Identifier: Apache-2.0

import { type Clock, systemClock } from "../clock.ts";
import type { Authorize, IdentifyPrincipal } from "./access.ts";
import type { OperationEvent } from "./events.ts";
import type { OperationStore } from "./store.ts";

/** Where an error that nobody is told of came from. */
export interface ErrorContext {
  /** The operation's name. Undefined where the error concerns none in particular. */
  readonly operation: string | undefined;
  /** `handler`: a method's code. `store`: the store refused or failed. */
  readonly source: "handler" | "store";
}

/** Whose error `mapError` is given. */
export interface MapErrorContext {
  /** The operation's name. */
  readonly operation: string;
  /** The full name of its method: `acme.v1.Library/Reindex`. */
  readonly method: string;
}

/** Options of `createOperations`. */
export interface OperationsOptions {
  /** Where the operations are kept. `close()` closes it. */
  readonly store: OperationStore;
  /** How many operations this process runs at a time. Default: 16. */
  readonly concurrency?: number;
  /** How long a claim lasts without being renewed; it is renewed at a third. Default: 30 000 ms. */
  readonly leaseMs?: number;
  /** How often, at most, progress is written that nobody awaits. Default: 500 ms. */
  readonly progressIntervalMs?: number;
  /** How long a handler may go on after a cancel request. Default: 30 000 ms. */
  readonly cancelGraceMs?: number;
  /** How many lost leases an operation survives; after one more it ends ABORTED. Default: 5. */
  readonly maxLosses?: number;
  /** How often this process looks after operations that others have left. Default: 5 000 ms. */
  readonly sweepIntervalMs?: number;
  /** How long an operation is kept once it has ended. Default: 30 days. */
  readonly retentionMs?: number;
  /** How long a WaitOperation lasts at most. Default: 50 000 ms. */
  readonly maxWaitMs?: number;
  /** How many WaitOperation calls may be pending in this process. Default: 20 000. */
  readonly maxWaiters?: number;
  /** How many calls of one caller may be starting operations in this process. Default: 1 000. */
  readonly maxStarts?: number;
  /** How large an encoded request may be that is stored. Default: 4 MiB. */
  readonly maxRequestBytes?: number;
  /** How large encoded metadata, or an error Status, may be. Default: 64 KiB. */
  readonly maxMetadataBytes?: number;
  /**
   * How large a whole Operation may be. Default: 4 MiB less 64 KiB, since gRPC clients receive 4 MiB
   * unless told otherwise.
   */
  readonly maxOperationBytes?: number;
  /**
   * The `domain` of the ErrorInfo in errors. Default: the first implemented service's
   * `google.api.default_host`, else its full name.
   *
   * @see AIP-193
   */
  readonly domain?: string;
  /**
   * Names the caller of an RPC. A caller without a name is refused as UNAUTHENTICATED. Default: the
   * context value `principalKey`; callers for whom it is not set are one caller.
   */
  readonly principal?: IdentifyPrincipal;
  /** Decides what a caller may reach. Default: what it has started, and nothing else. */
  readonly authorize?: Authorize;
  /**
   * Replaces what a handler has thrown. A ConnectError ends the operation with its code, message and
   * details; anything else, and whatever this function throws, with INTERNAL. Default: no change.
   */
  readonly mapError?: (error: unknown, context: MapErrorContext) => unknown;
  /** Is told of whatever an operator may want to log or count. Default: nobody is. */
  readonly onEvent?: (event: OperationEvent) => void;
  /**
   * Is told, whole, of every error whose text callers do not see. Default: `console.error`.
   */
  readonly onError?: (error: unknown, context: ErrorContext) => void;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/** Options with every default filled in. */
export type Settings = Readonly<
  Required<Omit<OperationsOptions, "store" | "domain" | "principal" | "authorize">>
>;

/** The longest delay that timers keep: one that is longer is over at once. About 25 days. */
export const longestTimerMs: number = 2 ** 31 - 1;

const numbers = {
  concurrency: { default: 16, least: 1 },
  leaseMs: { default: 30_000, least: 100, most: longestTimerMs },
  progressIntervalMs: { default: 500, least: 1, most: longestTimerMs },
  cancelGraceMs: { default: 30_000, least: 0 },
  maxLosses: { default: 5, least: 0 },
  sweepIntervalMs: { default: 5_000, least: 10, most: longestTimerMs },
  retentionMs: { default: 30 * 24 * 60 * 60 * 1000, least: 0 },
  maxWaitMs: { default: 50_000, least: 0, most: longestTimerMs },
  maxWaiters: { default: 20_000, least: 0 },
  maxStarts: { default: 1_000, least: 1 },
  maxRequestBytes: { default: 4 * 1024 * 1024, least: 1 },
  maxMetadataBytes: { default: 64 * 1024, least: 1 },
  maxOperationBytes: { default: 4 * 1024 * 1024 - 64 * 1024, least: 64 * 1024 },
} as const satisfies Partial<
  Record<keyof Settings, { default: number; least: number; most?: number }>
>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError or TypeError that names the option that cannot be used.
 */
export function settingsOf(options: OperationsOptions): Settings {
  const { clock = systemClock, onError = reportError, onEvent = ignore } = options;
  const { mapError = (error) => error } = options;
  if (typeof options.store?.insert !== "function") {
    throw new TypeError("Expected `store` to be an OperationStore, for example memoryStore()");
  }
  for (const name of callbacks) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new TypeError(`Expected \`${name}\` to be a function`);
    }
  }
  const onErrorSafely = safely(onError);
  const onListenerError = (error: unknown) =>
    onErrorSafely(error, { operation: undefined, source: "handler" });
  return {
    ...numbersOf(options),
    clock,
    mapError,
    onError: onErrorSafely,
    onEvent(event) {
      try {
        const told: unknown = onEvent(event);
        if (told instanceof Promise) {
          told.catch(onListenerError);
        }
      } catch (error) {
        onListenerError(error);
      }
    },
  };
}

const callbacks = ["principal", "authorize", "mapError", "onEvent", "onError"] as const;

function ignore(): void {}

function numbersOf(options: OperationsOptions): Record<keyof typeof numbers, number> {
  const names = Object.keys(numbers) as (keyof typeof numbers)[];
  const values = names.map((name) => {
    const limits: { default: number; least: number; most?: number } = numbers[name];
    const value = options[name] ?? limits.default;
    checkNumber(name, value, limits.least, limits.most);
    return [name, value] as const;
  });
  return Object.fromEntries(values) as Record<keyof typeof numbers, number>;
}

/** @throws RangeError unless `value` is a whole number from `least` to `most`. */
export function checkNumber(name: string, value: number, least: number, most?: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > (most ?? value)) {
    const range = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
    throw new RangeError(`Expected \`${name}\` to be a whole number ${range}, got ${value}`);
  }
}

// A callback that fails, now or later, must not take an operation or the process along.
function safely(onError: Settings["onError"]): Settings["onError"] {
  return async (error, context) => {
    try {
      await onError(error, context);
    } catch (failure) {
      reportError(error, context);
      reportError(failure, context);
    }
  };
}

function reportError(error: unknown, { operation, source }: ErrorContext): void {
  const about = operation === undefined ? "" : ` of ${operation}`;
  // biome-ignore lint/suspicious/noConsole: an error that nobody asked to be told of must not vanish.
  console.error(`longrunning: the ${source}${about} failed:`, error);
}
