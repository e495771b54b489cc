// SPDX-License-Identifier: Apache-2.0

import { setMaxListeners } from "node:events";
import type { ConnectRouterOptions } from "@connectrpc/connect";
import {
  type ConnectNodeAdapterOptions,
  compressionBrotli,
  compressionGzip,
  connectNodeAdapter,
} from "@connectrpc/connect-node";
import { createOperationRegistry, registerService } from "../operation-registry.ts";
import { callOptions, restDefaults } from "../rest/handler.ts";
import { type LayeredOptions, layered } from "../rest/layered-options.ts";
import { registeringRouter } from "../rest/registering-router.ts";
import type { RuleOptions } from "../rest/rules.ts";
import { createRestServer } from "../rest/server.ts";
import type { ServedMethod } from "../rest/server-routing.ts";
import { checkNumber } from "../server/options.ts";
import { consoleReporter, type NodeAdapterEvent } from "./adapter-event.ts";
import { arrivalLimit } from "./arrival-limit.ts";
import { allowEarlyAnswer } from "./early-answer.ts";
import type { NodeHandler, NodeRequest, NodeResponse } from "./handler.ts";
import { maxTimerMs, shortenDeadline } from "./long-deadline.ts";
import { readWhole } from "./request-body.ts";
import { answerText, refuse, requestGuard } from "./request-guard.ts";
import { restRequests } from "./rest-requests.ts";
import { sentAnswers } from "./sent-answers.ts";
import { omitUnwritableAny } from "./unwritable-any.ts";

/**
 * Options of `nodeAdapter`: those of `connectNodeAdapter`, of which some differ in their default or
 * their effect.
 *
 * - `readMaxBytes`: 4 MiB. `writeMaxBytes`: 32 MiB.
 * - `jsonOptions.registry`: its types are known besides those of the registered services, and
 *   before them.
 * - A service that `routes` registers with options of its own keeps all options of the adapter that
 *   it does not replace. Its interceptors run within those of the adapter, and its registry comes
 *   before that of the adapter.
 */
export interface NodeAdapterOptions extends ConnectNodeAdapterOptions {
  /**
   * How long the request of a call may take to arrive, but for methods to which clients stream.
   * After that it is answered with DEADLINE_EXCEEDED. Default: 300 000 ms, which is also Node's limit
   * for every request of HTTP/1.1.
   */
  readonly requestTimeoutMs?: number;
  /** How methods are served over REST; false: not at all. Default: as their rules say. */
  readonly rest?: RestOptions | false;
  /** Is told what happens besides answering. Default: the console is. */
  readonly onEvent?: (event: NodeAdapterEvent) => void;
}

/** How an adapter serves REST: which rules there are besides those in the proto files. */
export interface RestOptions extends RuleOptions {
  /** Whether query parameters that name no field are ignored. Default: false, they are refused. */
  readonly ignoreUnknownQuery?: boolean;
}

// In front of a message in gRPC, gRPC-Web, and streams of Connect.
const envelopeBytes = 5;

/**
 * A handler for Node's servers, HTTP/1.1 and HTTP/2, that serves what `routes` registers over Connect,
 * gRPC and gRPC-Web, and over REST what has a `google.api.http` rule. It is `connectNodeAdapter` with what a service of operations needs:
 *
 * - In JSON, every `google.protobuf.Any` of the registered services, their operations, `google.rpc`
 *   details and well-known types can be read and written. One of any other type is left out of an
 *   answer, with an event.
 * - A malformed request is answered with 400, and never throws.
 * - Limits on the size of messages and on the time that they take to arrive, but none on deadlines.
 * - `fallback` is given what is neither the path of an RPC nor that of a rule.
 *
 * What is wrong with connections is for the server to deal with. Over HTTP/2, Node's own can be crashed
 * by a client that says farewell and asks on; that of `createNodeServer` cannot.
 *
 * @see https://github.com/nodejs/node/issues/64113
 * @throws RangeError that names the option that is out of range.
 * @throws Error that lists all that is wrong with the rules of the methods.
 */
export function nodeAdapter(options: NodeAdapterOptions): NodeHandler {
  const {
    routes,
    onEvent = consoleReporter(),
    requestTimeoutMs = 300_000,
    rest = {},
    ...connectOptions
  } = options;
  checkNumber("requestTimeoutMs", requestTimeoutMs, 1, maxTimerMs);
  const registry = createOperationRegistry();
  const defaults = restDefaults({
    jsonOptions: { registry },
    interceptors: [],
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  const base = layered(defaults, connectOptions);
  if (options.shutdownSignal !== undefined) {
    // Every call in flight listens to it, which is no leak however many there are.
    setMaxListeners(0, options.shutdownSignal);
  }

  let largestReadMaxBytes = 0;
  function finished(layers: LayeredOptions): ConnectRouterOptions {
    const omit = omitUnwritableAny({
      jsonOptions: layers.jsonOptions,
      onOmit: (omitted) => onEvent({ kind: "anyOmitted", ...omitted }),
    });
    largestReadMaxBytes = Math.max(largestReadMaxBytes, layers.readMaxBytes ?? Infinity);
    return { ...layers, interceptors: [omit, ...layers.interceptors] };
  }

  const unstreamed = new Set<string>();
  const methods: ServedMethod[] = [];
  const answers = sentAnswers(options.contextValues);
  const serve = connectNodeAdapter({
    ...connectOptions,
    ...finished(base),
    contextValues: answers.contextValues,
    ...(rest !== false && { fallback: answerRest }),
    routes(router) {
      routes(
        registeringRouter(router, {
          onService: (service) => registerService(registry, service),
          onMethod: (spec, own = {}) =>
            methods.push({ spec, options: callOptions(layered(base, own)) }),
          withOwn: (own) => finished(layered(base, own)),
        }),
      );
      for (const { method, requestPath } of router.handlers) {
        if (method.methodKind === "unary" || method.methodKind === "server_streaming") {
          unstreamed.add((options.requestPathPrefix ?? "") + requestPath);
        }
      }
    },
  });
  const arrival = arrivalLimit(requestTimeoutMs);
  const body = { maxBytes: largestReadMaxBytes + envelopeBytes, arrivalLimit: arrival };
  const answer =
    rest === false
      ? undefined
      : restRequests({
          server: createRestServer({
            ...rest,
            methods,
            registry: base.jsonOptions.registry,
            requestPathPrefix: options.requestPathPrefix,
            onOmit: (omitted) => onEvent({ kind: "anyOmitted", ...omitted }),
          }),
          arrivalLimit: arrival,
          contextValues: answers.contextValues,
          onEvent,
        });

  function answerRest(request: NodeRequest, response: NodeResponse): void {
    const { fallback } = options;
    answer?.(request, response, fallback && (() => fallback(request, response)));
  }

  const problemWith = requestGuard();
  return (request, response) => {
    const problem = problemWith(request);
    if (problem !== undefined) {
      refuse(response, problem);
      return;
    }
    shortenDeadline(request);
    if (unstreamed.has(pathOf(request))) {
      readWhole(request, body);
    } else {
      allowEarlyAnswer(request);
    }
    answers.expect(request, response);
    try {
      serve(request, response);
    } catch (cause) {
      onEvent({ kind: "handlerThrew", cause });
      if (response.headersSent) {
        response.destroy();
      } else {
        answerText(response, 500, "Internal error.");
      }
    }
  };
}

function pathOf({ url = "" }: NodeRequest): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}
