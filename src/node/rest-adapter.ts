// SPDX-License-Identifier: Apache-2.0

import type { ContextValues } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { type RestHandlerOptions, restServerOf } from "../rest/handler.ts";
import { checkNumber } from "../server/options.ts";
import { consoleReporter, type NodeAdapterEvent } from "./adapter-event.ts";
import { arrivalLimit } from "./arrival-limit.ts";
import type { NodeRequest, NodeResponse } from "./handler.ts";
import { maxTimerMs } from "./long-deadline.ts";
import { refuse, requestGuard } from "./request-guard.ts";
import { restRequests } from "./rest-requests.ts";

/** Options of `nodeRestAdapter`: those of `createRestHandler`, in a form for Node. */
export interface NodeRestAdapterOptions extends Omit<RestHandlerOptions, "onOmit"> {
  /** Makes the context values of a call out of its request. Default: there are none. */
  readonly contextValues?: (request: NodeRequest) => ContextValues;
  /** How long the request of a call may take to arrive. Default: 300 000 ms. */
  readonly requestTimeoutMs?: number;
  /** Is told what happens besides answering. Default: the console is. */
  readonly onEvent?: (event: NodeAdapterEvent) => void;
}

/** A handler for Node's servers, and for what calls the next one when this one has no answer. */
export type NodeRestHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next?: () => void,
) => void;

/**
 * REST alone, for servers that have other things to serve: with a third argument, a request whose
 * path is of no rule is left to that function.
 *
 * ```ts
 * const rest = nodeRestAdapter({ routes });
 * express().use(rest);
 * fastify().addHook("onRequest", ({ raw }, reply, next) => rest(raw, reply.raw, next));
 * ```
 *
 * Bodies that were parsed before cannot be read again: it goes before whatever parses them.
 *
 * @throws RangeError that names the option that is out of range.
 * @throws Error that lists all that is wrong with the rules of the methods.
 */
export function nodeRestAdapter(options: NodeRestAdapterOptions): NodeRestHandler {
  const {
    contextValues,
    onEvent = consoleReporter(),
    requestTimeoutMs = 300_000,
    ...handlerOptions
  } = options;
  checkNumber("requestTimeoutMs", requestTimeoutMs, 1, maxTimerMs);
  const server = restServerOf({
    acceptCompression: [compressionGzip, compressionBrotli],
    ...handlerOptions,
    onOmit: (omitted) => onEvent({ kind: "anyOmitted", ...omitted }),
  });
  const answer = restRequests({
    server,
    arrivalLimit: arrivalLimit(requestTimeoutMs),
    contextValues,
    onEvent,
  });
  const problemWith = requestGuard();
  return (request, response, next) => {
    const problem = problemWith(request);
    if (problem === undefined) {
      answer(request, response, next);
    } else if (next === undefined) {
      refuse(response, problem);
    } else {
      // Whatever comes next may know such requests; no rule does.
      next();
    }
  };
}
