// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
} from "@connectrpc/connect";
import { createOperationRegistry, registerService } from "../operation-registry.ts";
import {
  readAllBytes,
  type UniversalHandlerFn,
  type UniversalServerRequest,
  withDefaults,
} from "./connect-internals.ts";
import { type LayeredOptions, layered } from "./layered-options.ts";
import { registeringRouter } from "./registering-router.ts";
import type { RuleOptions } from "./rules.ts";
import { createRestServer, type RestServer } from "./server.ts";
import type { OmittedFromAnswer, RestHttpRequest } from "./server-call.ts";
import { requestTooLarge } from "./server-limits.ts";
import type { ServedMethod } from "./server-routing.ts";

/**
 * Options of `createRestHandler`: those of a router of connect, and which rules there are.
 *
 * - `readMaxBytes`: default 4 MiB. `writeMaxBytes`: default 32 MiB.
 * - `jsonOptions.registry`: its types are known besides those of the registered services.
 * - A service that `routes` registers with options of its own keeps all options that it does not
 *   replace. Its interceptors run within the others.
 */
export interface RestHandlerOptions extends ConnectRouterOptions, RuleOptions {
  /** Registers services, as for any adapter of connect. */
  readonly routes: (router: ConnectRouter) => void;
  /** What comes before the paths of rules, such as `/api`. Default: nothing. */
  readonly requestPathPrefix?: string;
  /** Whether query parameters that name no field are ignored. Default: false, they are refused. */
  readonly ignoreUnknownQuery?: boolean;
  /**
   * Is told of each `google.protobuf.Any` that JSON cannot express and that was left out of an
   * answer. Default: nobody is.
   */
  readonly onOmit?: (omitted: OmittedFromAnswer) => void;
}

/** What a handler is made of, for adapters to other requests than those of connect. */
export function restServerOf({ routes, ...options }: RestHandlerOptions): RestServer {
  const registry = createOperationRegistry();
  const base = layered(restDefaults({ jsonOptions: { registry }, interceptors: [] }), options);
  const methods: ServedMethod[] = [];
  routes(
    registeringRouter(createConnectRouter(base), {
      onService: (service) => registerService(registry, service),
      onMethod: (spec, own = {}) =>
        methods.push({ spec, options: callOptions(layered(base, own)) }),
      withOwn: (own) => layered(base, own),
    }),
  );
  return createRestServer({ ...options, methods, registry: base.jsonOptions.registry });
}

/** Adds limits that hold where no others are given. */
export function restDefaults(options: LayeredOptions): LayeredOptions {
  // An operation has at most 4 MiB, and JSON takes at most six bytes for one (as in `\u0000`).
  return { readMaxBytes: 4 * 1024 * 1024, writeMaxBytes: 32 * 1024 * 1024, ...options };
}

/** What calls need of the options of a router. */
export function callOptions(options: LayeredOptions): ServedMethod["options"] {
  return { ...withDefaults(options), jsonOptions: options.jsonOptions };
}

/**
 * A handler that serves every method with a `google.api.http` rule over REST: paths, queries and
 * bodies become messages, and messages and errors JSON as Google's APIs write it. It calls the
 * implementations that `routes` registers with the same interceptors, deadlines and context values
 * as the protocols of connect do.
 *
 * It takes requests as connect's own handlers do, so that what carries those carries this too:
 *
 * ```ts
 * import { createFetchHandler } from "@connectrpc/connect/protocol";
 * const handle: (request: Request) => Promise<Response> = createFetchHandler(createRestHandler({ routes }));
 * ```
 *
 * A request that no rule matches is answered with 404, or 405 and `allow`. For Node's servers there
 * are `nodeAdapter`, which serves REST beside the other protocols, and `nodeRestAdapter`.
 *
 * @throws Error that lists all that is wrong with the rules of the methods.
 */
export function createRestHandler(options: RestHandlerOptions): UniversalHandlerFn {
  const server = restServerOf(options);
  return (request) => {
    const { method, url, header, signal, contextValues } = request;
    return server
      .answer(server.find(method, targetOf(url)), {
        method,
        url,
        header,
        signal,
        contextValues,
        readBody: bodyReader(request),
      })
      .then(({ body, ...answer }) => ({
        ...answer,
        body: body instanceof Uint8Array ? only(body) : body,
      }));
  };
}

function targetOf(url: string): string {
  const path = url.indexOf("/", url.indexOf("://") + 3);
  return path === -1 ? "/" : url.slice(path);
}

/** The body that a framework hands over: as it comes, or JSON that it has parsed already. */
function bodyReader({ body }: UniversalServerRequest): RestHttpRequest["readBody"] {
  return isStream(body)
    ? (maxBytes) => readWithin(body, maxBytes)
    : async () => new TextEncoder().encode(JSON.stringify(body));
}

function isStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function readWithin(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readAllBytes(body, maxBytes);
  } catch (cause) {
    const error = ConnectError.from(cause);
    throw error.code === Code.ResourceExhausted ? requestTooLarge(maxBytes) : error;
  }
}

async function* only<T>(item: T): AsyncGenerator<T, void> {
  yield item;
}
