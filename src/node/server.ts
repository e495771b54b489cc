// SPDX-License-Identifier: Apache-2.0

import { EventEmitter } from "node:events";
import type { ServerOptions } from "node:http";
import type { ServerOptions as Http2ServerOptions } from "node:http2";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import type { TLSSocket, TlsOptions } from "node:tls";
import { checkNumber } from "../server/options.ts";
import type { NodeHandler } from "./handler.ts";
import { http1Server } from "./http1-server.ts";
import { http2Sessions } from "./http2-sessions.ts";
import { maxTimerMs } from "./long-deadline.ts";
import { sniffProtocol } from "./protocol-sniffer.ts";

/** Options of `createNodeServer`. */
export interface NodeServerOptions {
  /** The certificate and key, and all else that `tls.createServer` takes. Default: cleartext. */
  readonly tls?: TlsOptions;
  /**
   * How long a new connection may take, altogether, for the bytes that tell its protocol, and before
   * that for the handshake of TLS. Default: 10 000 ms.
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * How long an HTTP/2 connection may be without a request in flight. Default: 300 000 ms. For
   * HTTP/1.1 see `http1.keepAliveTimeout`.
   */
  readonly idleTimeoutMs?: number;
  /**
   * How long a client of HTTP/1.1 may take nothing of an answer that is ready for it, and one of
   * HTTP/2 leave a ping unanswered, before its connection is cut off. A client of HTTP/2 has five
   * times as long to take a whole message of an answer. Default: 60 000 ms.
   */
  readonly stallTimeoutMs?: number;
  /** How long `close` waits for requests in flight. Default: 10 000 ms. */
  readonly graceMs?: number;
  /**
   * Options of `node:http` for HTTP/1.1, with its defaults: among them 60 s for the headers of a
   * request and 300 s for all of it, headers of 16 KiB (431 above that), and 5 s between requests.
   */
  readonly http1?: ServerOptions;
  /**
   * Options of `node:http2` for HTTP/2, with its defaults, but for `settings.maxConcurrentStreams`
   * (1000) and `maxSessionMemory` (64 MB). Among those defaults are 128 headers of 64 KiB in all, and
   * an end to sessions that reset more than a thousand requests at once.
   */
  readonly http2?: Http2ServerOptions;
}

/** The events of a `NodeServer`. */
interface NodeServerEvents {
  /** It accepts connections. */
  listening: [];
  /** It cannot listen, for example since its port is in use (`code` is `EADDRINUSE`). */
  error: [error: Error];
  /** The last connection has ended. */
  close: [];
}

/**
 * A server that answers HTTP/1.1 and HTTP/2 on one port. An `error` that nobody listens to is an
 * uncaught exception, as with any emitter of Node.
 */
export interface NodeServer extends EventEmitter<NodeServerEvents>, AsyncDisposable {
  /** As `http.Server.listen`: it returns the server at once and goes on to emit an event. */
  listen(port?: number, host?: string, onListening?: () => void): this;
  listen(port: number, onListening: () => void): this;
  listen(path: string, onListening?: () => void): this;
  listen(options: ListenOptions, onListening?: () => void): this;

  /** Where it listens, with the port that 0 became, or the path. Null if it does not listen. */
  address(): AddressInfo | string | null;

  /**
   * Closes gracefully: accepts nothing more, ends connections without a request at once and the
   * others when their requests are answered, and after `graceMs` (default: that of the server)
   * destroys what is left. Settles when the last connection has ended; may be called again.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;

  /** Destroys every connection, whatever goes on. The server stays as it is otherwise. */
  closeAllConnections(): void;
}

/**
 * One server for HTTP/1.1 and HTTP/2 on one port, so that curl, browsers, Connect, gRPC and gRPC-Web
 * share an address. In cleartext the first bytes tell the protocol (for HTTP/2, that is "with prior
 * knowledge"); over TLS, ALPN does.
 *
 * ```ts
 * createNodeServer(nodeAdapter({ routes })).listen(8080, "127.0.0.1");
 * ```
 *
 * @throws RangeError that names the option that is out of range.
 */
export function createNodeServer(
  handler: NodeHandler,
  options: NodeServerOptions = {},
): NodeServer {
  const {
    tls,
    handshakeTimeoutMs = 10_000,
    idleTimeoutMs = 300_000,
    stallTimeoutMs = 60_000,
    graceMs = 10_000,
  } = options;
  checkNumber("handshakeTimeoutMs", handshakeTimeoutMs, 1, maxTimerMs);
  checkNumber("idleTimeoutMs", idleTimeoutMs, 1, maxTimerMs);
  checkNumber("stallTimeoutMs", stallTimeoutMs, 2, maxTimerMs);
  checkNumber("graceMs", graceMs, 0, maxTimerMs);

  const sockets = new Set<Socket>();
  const undecided = new Set<Socket>();
  let closing: Promise<void> | undefined;

  const http2 = http2Sessions(handler, {
    idleTimeoutMs,
    stallTimeoutMs,
    serverOptions: options.http2 ?? {},
  });
  const http1 = http1Server(handler, {
    tls,
    handshakeTimeoutMs,
    stallTimeoutMs,
    serverOptions: options.http1 ?? {},
    onSocket(socket) {
      track(socket);
      if (closing !== undefined) {
        socket.destroy();
      } else if ((socket as Partial<TLSSocket>).alpnProtocol === "h2") {
        http2.serve(socket);
      } else {
        sniff(socket);
      }
    },
  });
  const listener = http1.server;
  // Over TLS these are the sockets below, which have to be destroyed when no handshake comes.
  listener.on("connection", track);

  function track(socket: Socket): void {
    if (!sockets.has(socket)) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      // Without a listener, an error of one connection would be an uncaught exception.
      socket.on("error", () => socket.destroy());
    }
  }

  function sniff(socket: Socket): void {
    undecided.add(socket);
    socket.once("close", () => undecided.delete(socket));
    sniffProtocol(socket, {
      timeoutMs: handshakeTimeoutMs,
      onProtocol(protocol) {
        undecided.delete(socket);
        // HTTP/2 over TLS has been agreed on by ALPN, or is none.
        const serving = protocol === "http2" && tls === undefined ? http2 : http1;
        serving.serve(socket);
      },
    });
  }

  async function closeWithin(limitMs: number): Promise<void> {
    const timer = setTimeout(closeAllConnections, limitMs);
    try {
      await new Promise<void>((resolve) => {
        http1.close(resolve);
        http2.close();
        for (const socket of sockets) {
          if (undecided.has(socket) || socket.bytesRead === 0) {
            socket.destroy();
          }
        }
      });
    } finally {
      clearTimeout(timer);
    }
  }

  function closeAllConnections(): void {
    for (const socket of sockets) {
      socket.destroy();
    }
  }

  const server: NodeServer = Object.assign(new EventEmitter<NodeServerEvents>(), {
    listen(...options: unknown[]) {
      Reflect.apply(listener.listen, listener, options);
      return server;
    },
    address: () => listener.address(),
    close(options?: { readonly graceMs?: number }) {
      closing ??= closeWithin(options?.graceMs ?? graceMs);
      return closing;
    },
    closeAllConnections,
    [Symbol.asyncDispose]: () => server.close(),
  });
  listener.on("listening", () => server.emit("listening"));
  listener.on("error", (error) => server.emit("error", error));
  listener.once("close", () => server.emit("close"));
  return server;
}
