// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Server as NetServer, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { NodeHandler } from "./handler.ts";

interface Http1Options {
  readonly tls: TlsOptions | undefined;
  readonly handshakeTimeoutMs: number;
  /** How long a client may take nothing of an answer, or say nothing before a request. */
  readonly stallTimeoutMs: number;
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

// Node begins to answer each request as it comes, whether or not those before it are answered. No
// client that is known sends more than one at a time; HTTP/2 limits what is in flight itself.
const maxPipelined = 100;

export function http1Server(
  handler: NodeHandler,
  { tls, handshakeTimeoutMs, stallTimeoutMs, serverOptions, onSocket }: Http1Options,
): Http1Server {
  // A parser that has begun with what was received goes on to its end, even if the socket is gone.
  const handleOpen: NodeHandler = (request, response) => {
    if (!request.socket.destroyed) {
      handler(request, response);
    }
  };
  const server =
    tls === undefined
      ? createServer(serverOptions, handleOpen)
      : createTlsServer(
          {
            ...serverOptions,
            ...tls,
            handshakeTimeout: handshakeTimeoutMs,
            ALPNProtocols: ["h2", "http/1.1"],
          },
          handleOpen,
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

  server.timeout = stallTimeoutMs;
  server.on("timeout", (socket) => {
    // What waits for its answer has nothing to take, and may do so for long.
    if (connections.get(socket)?.answering.size === 0 || socket.writableLength > 0) {
      socket.destroy();
    }
  });

  const connections = new Map<Socket, Connection>();
  let closing = false;

  server.prependListener("request", ({ socket }, response) => {
    const connection = connections.get(socket);
    connection?.answering.add(response);
    if (connection !== undefined && connection.answering.size > maxPipelined) {
      socket.destroy();
      return;
    }
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
