// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createRouterTransport,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { type NodeHandler, nodeAdapter } from "../../src/node/index.ts";
import { createRestTransport, type RuleOptions } from "../../src/rest/index.ts";
import { served } from "../node/served.ts";

/** A way from a client to a server. */
export interface TransportKind {
  readonly name: string;
  /** Whether it reads an Any only with `ServingOptions.registry`. */
  readonly needsRegistry: boolean;
  /** Whether there is a socket, so that `ServingOptions.wrap` is of effect. */
  readonly hasSocket: boolean;
  /** Serves routes, on a free port of the loopback interface if there is a socket. */
  open(routes: (router: ConnectRouter) => void, options?: ServingOptions): Promise<OpenTransport>;
}

/** How a server behaves, and what every transport to it has. */
export interface ServingOptions {
  /** Answers some requests of HTTP before the server does. Without a socket there are none. */
  readonly wrap?: (serve: NodeHandler) => NodeHandler;
  /** For those that need one. That of REST speaks JSON too, and learns types from its calls. */
  readonly registry?: Registry | undefined;
  readonly interceptors?: readonly Interceptor[];
  /** What is bound otherwise over REST than the proto files say, on both sides. */
  readonly rest?: RuleOptions;
}

/** A server, and a transport to it. */
export interface OpenTransport extends AsyncDisposable {
  readonly transport: Transport;
  /** Another transport to the same server: a process that knows nothing of the first one. */
  connect(options?: Pick<ServingOptions, "registry" | "interceptors">): Transport;
  /** Ends the server and whatever is left of its connections. */
  close(): Promise<void>;
}

interface ClientOptions {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  readonly jsonOptions?: { readonly registry: Registry };
}

interface SocketKind {
  readonly needsRegistry?: boolean;
}

/** Every transport that a client can have to a server of ours. */
export const transportKinds: readonly TransportKind[] = [
  overSocket("Connect, HTTP/1.1", (options) =>
    createConnectTransport({ ...options, httpVersion: "1.1" }),
  ),
  overSocket("Connect, HTTP/2", (options) =>
    createConnectTransport({ ...options, httpVersion: "2" }),
  ),
  overSocket(
    "Connect, JSON",
    (options) => createConnectTransport({ ...options, httpVersion: "1.1", useBinaryFormat: false }),
    { needsRegistry: true },
  ),
  overSocket("gRPC", (options) => createGrpcTransport(options)),
  overSocket("gRPC-Web", (options) => createGrpcWebTransport({ ...options, httpVersion: "1.1" })),
  overSocket("connect-web, JSON", (options) => web.createConnectTransport(options), {
    needsRegistry: true,
  }),
  overSocket("connect-web, binary", (options) =>
    web.createConnectTransport({ ...options, useBinaryFormat: true }),
  ),
  overSocket("connect-web, gRPC-Web", (options) => web.createGrpcWebTransport(options)),
  overSocket("REST", ({ baseUrl, interceptors }, rest) =>
    createRestTransport({ ...rest, baseUrl, interceptors }),
  ),
  {
    name: "in memory",
    needsRegistry: false,
    hasSocket: false,
    async open(routes, { interceptors } = {}) {
      const connect: OpenTransport["connect"] = (options) =>
        createRouterTransport(routes, {
          transport: { interceptors: [...(options?.interceptors ?? interceptors ?? [])] },
        });
      const close = async () => {};
      return { transport: connect(), connect, close, [Symbol.asyncDispose]: close };
    },
  },
];

function overSocket(
  name: string,
  create: (options: ClientOptions, rest: RuleOptions) => Transport,
  { needsRegistry = false }: SocketKind = {},
): TransportKind {
  return {
    name,
    needsRegistry,
    hasSocket: true,
    async open(routes, { wrap = (serve: NodeHandler) => serve, rest = {}, ...given } = {}) {
      const { baseUrl, server } = await served(wrap(nodeAdapter({ routes, rest })));
      const connect: OpenTransport["connect"] = (options) => {
        const { registry, interceptors = [] } = { ...given, ...options };
        const jsonOptions = registry && { jsonOptions: { registry } };
        return create({ baseUrl, interceptors: [...interceptors], ...jsonOptions }, rest);
      };
      const close = () => server.close({ graceMs: 0 });
      return { transport: connect(), connect, close, [Symbol.asyncDispose]: close };
    },
  };
}
