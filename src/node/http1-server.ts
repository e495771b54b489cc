// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Server as NetServer, type Socket } from "node:net";
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

  const connections = new Map<Socket, Connection>();
  let closing = false;

  server.prependListener("request", ({ socket }, response) => {
    const connection = connections.get(socket);
    connection?.answering.add(response);
    response.once("close", () => {
      if (connection !== undefined) {
        connection.answering.delete(response);
        connection.bytesAnswered = socket.bytesRead;
      }
      if (closing) {
        endIfIdle(socket);
      }
    });
    if (closing) {
      announceEnd(response);
    }
  });

  function endIfIdle(socket: Socket): void {
    const connection = connections.get(socket);
    if (connection?.answering.size === 0 && connection.bytesAnswered === socket.bytesRead) {
      socket.destroySoon();
    }
  }

  return {
    server,
    serve(socket) {
      connections.set(socket, { answering: new Set(), bytesAnswered: 0 });
      socket.once("close", () => connections.delete(socket));
      Reflect.apply(serve, server, [socket]);
    },
    close(onClosed) {
      closing = true;
      // The close of `http.Server` cuts off answers that have been given and are still being sent.
      NetServer.prototype.close.call(server, () => {
        // By now it does no more than end the timer of its time limits.
        server.close();
        onClosed();
      });
      for (const [socket, { answering }] of connections) {
        answering.forEach(announceEnd);
        endIfIdle(socket);
      }
    },
  };
}

interface Connection {
  readonly answering: Set<ServerResponse>;
  /** How much had been read when the last answer was sent: if more has been, a request arrives. */
  bytesAnswered: number;
}

/** Makes this the last answer of its connection, if it is not too late to tell the client. */
function announceEnd(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader("connection", "close");
  }
}
