// SPDX-License-Identifier: Apache-2.0

import { createServer, type ServerHttp2Session, type ServerOptions } from "node:http2";
import type { Socket } from "node:net";
import type { NodeHandler } from "./handler.ts";

interface Http2Options {
  /** How long a session may be without a request before it is closed. */
  readonly idleTimeoutMs: number;
  readonly serverOptions: ServerOptions;
}

/** The HTTP/2 half of a server: sessions on sockets that it is handed. */
export interface Http2Sessions {
  /** Begins a session on a socket from which nothing has been taken. */
  serve(socket: Socket): void;
  /** Ends each session (GOAWAY) as soon as its last request is answered. */
  close(): void;
}

// Waiting is a request in flight, so many at a time on one connection are ordinary here.
const maxConcurrentStreams = 1000;

// In MB. Node refuses new requests above its default of 10, which a few hundred large answers reach.
const maxSessionMemory = 64;

// How long a client that was told to go away may hold on to its socket.
const lingerMs = 1000;

export function http2Sessions(
  handler: NodeHandler,
  { idleTimeoutMs, serverOptions }: Http2Options,
): Http2Sessions {
  const server = createServer(
    {
      maxSessionMemory,
      ...serverOptions,
      settings: { maxConcurrentStreams, ...serverOptions.settings },
    },
    handler,
  );
  const sessions = new Set<ServerHttp2Session>();

  function track(session: ServerHttp2Session, socket: Socket): void {
    let requests = 0;
    const idle = setTimeout(() => {
      if (requests === 0) {
        session.close();
        setTimeout(() => socket.destroy(), lingerMs).unref();
      }
    }, idleTimeoutMs).unref();
    sessions.add(session);
    session.once("close", () => {
      clearTimeout(idle);
      sessions.delete(session);
    });
    session.on("stream", (stream) => {
      requests++;
      stream.once("close", () => {
        requests--;
        idle.refresh();
      });
    });
  }

  return {
    serve(socket) {
      // Left half open by its client, a socket would outlive its session.
      socket.allowHalfOpen = false;
      server.once("session", (session) => track(session, socket));
      server.emit("connection", socket);
    },
    close() {
      for (const session of sessions) {
        session.close();
      }
    },
  };
}
