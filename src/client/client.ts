// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  type ContextValues,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import type { Clock } from "../clock.ts";
import type { InitOf } from "../message-init.ts";
import type { LongRunningName, OperationService, OperationTypes } from "../operation-service.ts";
import { type OperationsServer, telling } from "./calls.ts";
import { waitingClock } from "./clock.ts";
import { Handle } from "./handle.ts";
import { checkLimit } from "./number-option.ts";
import type { OperationHandle } from "./operation-handle.ts";
import { createPace, type PollingOptions } from "./pace.ts";
import { withRegistryHint } from "./registry-hint.ts";
import { waitSlotsOf } from "./wait-slots.ts";

/** Options of `createOperationClient`. */
export interface OperationClientOptions {
  /**
   * Leads to `google.longrunning.Operations`, where that is served elsewhere than the service itself.
   * Default: the transport of the service.
   */
  readonly operationsTransport?: Transport;
  /** How often to look at operations of a server that has no WaitOperation. */
  readonly polling?: PollingOptions;
  /**
   * How many WaitOperations may be under way at a time for each transport; operations beyond that are
   * polled. Default: 4 in a browser, which over HTTP/1.1 has six connections to a host; elsewhere
   * without limit. Where a browser is known to speak HTTP/2, let it be 100.
   */
  readonly maxWaits?: number;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
}

/** What goes with every call about an operation that is resumed. */
export interface ResumeOptions {
  readonly headers?: HeadersInit;
  readonly contextValues?: ContextValues;
}

/** A long-running method: call it to start an operation, or `resume` one. */
export interface OperationStarter<
  Request extends Message,
  Response extends Message,
  Metadata extends Message,
> {
  /**
   * Starts an operation. `signal` and `timeoutMs` are for the start; `headers` and `contextValues` go
   * with every later call about the operation too.
   *
   * It is not tried again: a start whose answer was lost may have started something. Where the method
   * has a request id, the same request may be sent again.
   *
   * @throws ConnectError if the operation could not start, or has no name to ask for it by.
   * @see AIP-155
   */
  (request: InitOf<Request>, options?: CallOptions): Promise<OperationHandle<Response, Metadata>>;
  /**
   * The handle of an operation that this method started earlier, maybe elsewhere: by its name, or as
   * it was read. Nobody is asked until somebody waits.
   *
   * @throws TypeError for an empty name.
   */
  resume(
    operation: string | Operation,
    options?: ResumeOptions,
  ): OperationHandle<Response, Metadata>;
}

// biome-ignore format: a table reads better.
type StarterOf<Method, Types extends OperationTypes> =
  Method extends DescMethodUnary<infer Request, DescMessage>
    ? OperationStarter<MessageShape<Request>, MessageShape<Types["response"]>, MessageShape<Types["metadata"]>>
    : never;

/** A client whose long-running methods answer with a handle; all others are as Connect makes them. */
// biome-ignore format: a table reads better.
export type OperationClient<Service extends OperationService> = {
  readonly [Name in keyof Service["method"]]: Name extends LongRunningName<Service> & keyof Service["operations"]
    ? StarterOf<Service["method"][Name], Service["operations"][Name]>
    : Client<Service>[Name];
};

/**
 * Makes a client of a service whose operations are typed: what was generated as `…Operations`, or made
 * by `operationService` or `resolveOperations`.
 *
 * ```ts
 * const client = createOperationClient(ChecksumServiceOperations, transport);
 * const operation = await client.checksumTree({ root: "." });
 * for await (const { filesDone } of operation.progress()) render(filesDone);
 * const { treeDigest } = await operation.result();
 * ```
 *
 * It works over every transport. One that speaks JSON needs `operationRegistry`; that of
 * `longrunning/rest` is told.
 *
 * @throws RangeError that names the option that is out of range.
 * @see AIP-151
 */
export function createOperationClient<Service extends OperationService>(
  service: Service,
  transport: Transport,
  options: OperationClientOptions = {},
): OperationClient<Service> {
  const { operationsTransport = transport, polling, maxWaits, clock = waitingClock } = options;
  checkLimit("maxWaits", maxWaits);
  const server: OperationsServer = {
    calls: createClient(Operations, operationsTransport),
    slots: waitSlotsOf(operationsTransport),
    maxWaits,
    pace: createPace(polling),
    clock,
  };
  const plain = createClient<DescService>(service, transport) as Record<string, UnaryCall>;
  const client: Record<string, unknown> = { ...plain };
  for (const [name, types] of Object.entries(service.operations)) {
    const start = plain[name];
    if (start !== undefined) {
      client[name] = operationMethod(start, { server, types });
    }
  }
  return client as OperationClient<Service>;
}

type UnaryCall = (
  request: MessageInitShape<DescMessage>,
  options?: CallOptions,
) => Promise<Operation>;

function operationMethod(
  start: UnaryCall,
  { server, types }: { readonly server: OperationsServer; readonly types: OperationTypes },
): OperationStarter<Message, Message, Message> {
  function resume(operation: string | Operation, { headers, contextValues }: ResumeOptions = {}) {
    const [name, latest] =
      typeof operation === "string" ? [operation] : [operation.name, operation];
    if (typeof name !== "string" || (name === "" && latest?.done !== true)) {
      throw new TypeError(`Expected the name of an operation, got \`${name}\``);
    }
    return new Handle(server, { target: { name, types, headers, contextValues }, latest });
  }

  return Object.assign(
    async (request: MessageInitShape<DescMessage>, options: CallOptions = {}) => {
      const contextValues = telling(types, options.contextValues);
      const started = await start(request, { ...options, contextValues }).catch((cause) => {
        throw withRegistryHint(cause);
      });
      if (started.name === "" && !started.done) {
        throw new ConnectError("the operation that was started has no name", Code.Internal);
      }
      return resume(started, options);
    },
    { resume },
  );
}
