// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { NodeHandler } from "./handler.ts";

interface Http1Options {
  readonly tls: TlsOptions | undefined;
  readonly handshakeTimeoutMs: number;
  readonly serverOptions: ServerOptions;
  /** Is given each connection, over TLS when its handshake is done. */
  readonly onSocket: (socket: Socket) => void;
}

/** The HTTP/1.1 half of a server, which also listens for both. */
export interface Http1Server {
  readonly server: Server;
  /** Serves HTTP/1.1 on a socket that `onSocket` was given. */
  serve(socket: Socket): void;
  /** Accepts nothing more; ends each connection as soon as its request is answered. */
  close(onClosed: () => void): void;
}

export function http1Server(
  handler: NodeHandler,
  { tls, handshakeTimeoutMs, serverOptions, onSocket }: Http1Options,
): Http1Server {
  const server =
    tls === undefined
      ? createServer(serverOptions, handler)
      : createTlsServer(
          {
            ...serverOptions,
            ...tls,
            handshakeTimeout: handshakeTimeoutMs,
            ALPNProtocols: ["h2", "http/1.1"],
          },
          handler,
        );
  const accepted = tls === undefined ? "connection" : "secureConnection";
  // Node's own listener serves whatever is accepted; it is called once the protocol is known.
  // Only a server that itself listens keeps its time limits, which is why this one does.
  const [serve, ...others] = server.listeners(accepted);
  if (serve === undefined || others.length > 0) {
    throw new Error(`Expected one listener of "${accepted}", got ${others.length}`);
  }
  server.removeAllListeners(accepted);
  server.on(accepted, onSocket);

  const answering = new Set<ServerResponse>();
  let closing = false;
  server.prependListener("request", (_request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    if (closing) {
      endConnectionAfter(response);
    }
  });

  return {
    server,
    serve: (socket) => Reflect.apply(serve, server, [socket]),
    close(onClosed) {
      closing = true;
      answering.forEach(endConnectionAfter);
      // For the answers whose headers have been sent.
      server.keepAliveTimeout = 1;
      server.close(onClosed);
    },
  };
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader("connection", "close");
  }
}
