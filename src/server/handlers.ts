// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { Empty } from "@bufbuild/protobuf/wkt";
import type { MethodImpl } from "@connectrpc/connect";
import type { LongRunningName, OperationService, OperationTypes } from "../operation-service.ts";

// Of a message whose type is known at run time only, any field may be given.
// biome-ignore format: a table reads better.
type InitOf<Shape extends Message> =
  string extends Shape["$typeName"]
    ? MessageInitShape<DescMessage>
    : MessageInitShape<GenMessage<Shape>>;

/** What the handler of a long-running method is given beside the request. */
export interface OperationContext<Metadata extends Message> {
  /** The operation's resource name. */
  readonly name: string;
  /** 1 for the first attempt; one more each time that the operation was interrupted. */
  readonly attempt: number;
  /**
   * Aborts when the handler is to stop. The reason is a ConnectError: `Code.Canceled` if somebody
   * cancelled the operation, `Code.Unavailable` if this attempt was interrupted and the operation
   * will run again.
   */
  readonly signal: AbortSignal;
  /** What an earlier attempt had last stored; undefined if nothing was, or it no longer parses. */
  readonly metadata: Metadata | undefined;
  /**
   * Replaces the operation's metadata. It is packed at once and stored soon; who awaits the promise
   * waits until it is stored, and gives the event loop a turn.
   *
   * Once the handler has settled nothing is stored, and the promise rejects.
   *
   * @throws the signal's reason once the signal has aborted; ConnectError if the metadata is too
   * large; Error if it cannot be encoded.
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

/** A handler, with options of its own. */
export interface OperationMethod<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> {
  readonly run: OperationHandler<Request, Response, Metadata>;
  /** As in `OperationsOptions`, for this method. With 0, any interruption is the end. */
  readonly maxLosses?: number;
  /** As in `OperationsOptions`, for this method. */
  readonly cancelGraceMs?: number;
}

// biome-ignore format: a table reads better.
type ResponseOf<Response extends Message> =
  Response["$typeName"] extends Empty["$typeName"]
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler of this kind need not return.
    ? InitOf<Response> | void
    : InitOf<Response>;

// biome-ignore format: a table reads better.
type LongRunning<Method, Types extends OperationTypes> =
  Method extends DescMethodUnary<infer Request, DescMessage>
    ?
      | OperationHandler<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
      | OperationMethod<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
    : never;

/**
 * The implementation of a service: a handler for each long-running method, and ordinary
 * implementations for the others. A method that is left out answers UNIMPLEMENTED.
 */
// biome-ignore format: a table reads better.
export type OperationHandlers<Service extends OperationService> = {
  readonly [Name in keyof Service["method"]]?: Name extends LongRunningName<Service> & keyof Service["operations"]
    ? LongRunning<Service["method"][Name], Service["operations"][Name]>
    : MethodImpl<Service["method"][Name]>;
};

/** What `implement` makes of handlers: ordinary implementations, ready for `router.service`. */
export type OperationServiceImpl<Service extends DescService> = {
  [Name in keyof Service["method"]]?: MethodImpl<Service["method"][Name]>;
};
