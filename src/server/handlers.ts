// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethodUnary,
  DescService,
  Message,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Empty } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, MethodImpl } from "@connectrpc/connect";
import type { InitOf } from "../message-init.ts";
import type { LongRunningName, OperationService, OperationTypes } from "../operation-service.ts";

/** What the handler of a long-running method is given beside the request. */
export interface OperationContext<Metadata extends Message> {
  /** The operation's resource name. */
  readonly name: string;
  /** Who started it; undefined where callers are not told apart. */
  readonly principal: string | undefined;
  /** 1 for the first attempt; one more each time that the operation was interrupted. */
  readonly attempt: number;
  /**
   * Aborts when the handler is to stop. The reason is a ConnectError: `Code.Canceled` if somebody
   * cancelled the operation, `Code.Unavailable` if this attempt was interrupted and the operation
   * will run again.
   */
  readonly signal: AbortSignal;
  /**
   * What an earlier attempt had last stored, else what `start` gave; undefined if nothing was, or it
   * no longer parses.
   */
  readonly metadata: Metadata | undefined;
  /**
   * Replaces the operation's metadata. It is packed at once and stored soon; who awaits the promise
   * waits until it is stored, and gives the event loop a turn.
   *
   * Once the signal has aborted, or the handler has settled, nothing is stored, and the promise
   * rejects if it is awaited. It never throws for that, since timers and listeners may call it; a loop
   * that does not await its reports looks at `signal`.
   *
   * @throws ConnectError if the metadata is too large; Error if it cannot be encoded.
   */
  report(metadata: InitOf<Metadata>): Promise<void>;
}

/**
 * The work behind a long-running method. What it returns is the operation's response; what it throws
 * is its error: a ConnectError as it stands, anything else as `INTERNAL`.
 *
 * It runs at least once, and again after an interruption; `operation.metadata` tells where to go on.
 */
export type OperationHandler<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> = (request: Request, operation: OperationContext<Metadata>) => Promise<ResponseOf<Response>>;

/** What `start` is given beside the request. */
export interface StartContext {
  /** The name of the operation that is about to start. With a request id, it is the same each time. */
  readonly name: string;
  /** Who calls; undefined where callers are not told apart. */
  readonly principal: string | undefined;
  /** Whether nothing must change: only whether the operation could start is asked. */
  readonly validateOnly: boolean;
  /** Of the RPC: its headers, its context values, its deadline. */
  readonly context: HandlerContext;
}

/** How an operation starts. */
export interface OperationStart<Response extends Message, Metadata extends Message> {
  /** Its first metadata. */
  readonly metadata?: InitOf<Metadata>;
  /**
   * As long as this operation runs, another one of the same caller, under the same parent, that gives
   * the same key is refused with ABORTED.
   */
  readonly exclusive?: string;
  /** Ends the operation at once: there is nothing left to run. */
  readonly response?: InitOf<Response>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: who has nothing to say need not return.
type Started<T> = T | void | Promise<T | void>;

/** What is common to methods that run here and elsewhere. */
interface MethodOptions<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> {
  /**
   * Runs before the RPC answers. A ConnectError that it throws is the answer, and nothing starts.
   *
   * @see AIP-151
   */
  start?(request: Request, start: StartContext): Started<OperationStart<Response, Metadata>>;
  /**
   * Whether `start` honours `validateOnly`. Left out, requests with `validate_only` are answered
   * UNIMPLEMENTED.
   *
   * @see AIP-163
   */
  readonly validates?: boolean;
  /**
   * The resource that the operation stands under: `projects/p` makes it
   * `projects/p/operations/<id>`. Default: none.
   */
  parent?(request: Request): string;
  /**
   * The id by which a repeated request is recognised; `""` for none. Default: the string field with
   * `(google.api.field_info).format = UUID4`, if there is one.
   *
   * @see AIP-155
   */
  requestId?(request: Request): string;
  /** As in `OperationsOptions`, for this method. */
  readonly retentionMs?: number;
  /** As in `OperationsOptions`, for this method. */
  readonly cancelGraceMs?: number;
}

/** A handler, with options of its own. */
export interface OperationMethod<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> extends MethodOptions<Request, Response, Metadata> {
  readonly run: OperationHandler<Request, Response, Metadata>;
  /** As in `OperationsOptions`, for this method. With 0, any interruption is the end. */
  readonly maxLosses?: number;
}

/**
 * A method whose work is done elsewhere, by a workflow engine or behind a webhook: the program says
 * how it goes with `operations.report`, `complete` and `fail`.
 */
export interface ExternalOperationMethod<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> extends MethodOptions<Request, Response, Metadata> {
  readonly run: "external";
  /** How long it may take; after that it ends ABORTED, EXTERNAL_TIMED_OUT. */
  readonly timeoutMs: number;
  /**
   * Somebody has asked to cancel the operation. Told by the process that was asked, once; after the
   * grace the operation ends CANCELLED in any case.
   */
  onCancel?(operation: CancelledOperation): unknown;
}

/** An external operation that somebody has asked to cancel. */
export interface CancelledOperation {
  readonly name: string;
  /** Who started it; undefined where callers are not told apart. */
  readonly principal: string | undefined;
}

// biome-ignore format: a comment would split the condition.
type ResponseOf<Response extends Message> =
  Response["$typeName"] extends Empty["$typeName"]
    // biome-ignore lint/suspicious/noConfusingVoidType: who answers with Empty need not return.
    ? InitOf<Response> | void
    : InitOf<Response>;

// biome-ignore format: kinds of handlers are told apart by their first words, one below another.
type LongRunning<Method, Types extends OperationTypes> =
  Method extends DescMethodUnary<infer Request, DescMessage>
    ?
      | OperationHandler<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
      | OperationMethod<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
      | ExternalOperationMethod<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
    : never;

/**
 * The implementation of a service: a handler for each long-running method, and ordinary
 * implementations for the others. A method that is left out answers UNIMPLEMENTED.
 */
// biome-ignore format: the cases read better below one another.
export type OperationHandlers<Service extends OperationService> = {
  readonly [Name in keyof Service["method"]]?: Name extends LongRunningName<Service> & keyof Service["operations"]
    ? LongRunning<Service["method"][Name], Service["operations"][Name]>
    : MethodImpl<Service["method"][Name]>;
};

/** What `implement` makes of handlers: ordinary implementations, ready for `router.service`. */
export type OperationServiceImpl<Service extends DescService> = {
  [Name in keyof Service["method"]]?: MethodImpl<Service["method"][Name]>;
};
