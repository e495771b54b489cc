// SPDX-License-Identifier: Apache-2.0

import {
  constants,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import type { Socket } from "node:net";
import type { NodeHandler } from "./handler.ts";

interface Http2Options {
  /** How long a session may be without a request before it is closed. */
  readonly idleTimeoutMs: number;
  /** How long a client may leave a ping unanswered; a fifth of what it has to take a message. */
  readonly stallTimeoutMs: number;
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

// Twice in `stallTimeoutMs`, five times as long as that.
const looksBeforeEnd = 10;

export function http2Sessions(
  handler: NodeHandler,
  { idleTimeoutMs, stallTimeoutMs, serverOptions }: Http2Options,
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
  const unsentByStream = new WeakMap<ServerHttp2Stream, { unsent: number; looks: number }>();

  function track(session: ServerHttp2Session, socket: Socket): void {
    endBetweenReads(session);
    const streams = new Set<ServerHttp2Stream>();
    const idle = setTimeout(() => {
      if (streams.size === 0) {
        session.close();
        setTimeout(() => socket.destroy(), lingerMs).unref();
      }
    }, idleTimeoutMs).unref();
    const watch = setInterval(() => {
      endIfDead();
      streams.forEach(endIfStalled);
    }, stallTimeoutMs / 2).unref();
    sessions.add(session);
    session.once("close", () => {
      clearTimeout(idle);
      clearInterval(watch);
      sessions.delete(session);
    });
    session.on("stream", (stream) => {
      streams.add(stream);
      stream.once("close", () => {
        streams.delete(stream);
        idle.refresh();
      });
    });

    let answersPings = true;
    // Node reads nothing more from a connection on which it has ended the session for an error, and
    // would not learn that the client is gone; nor would it of one that vanished.
    function endIfDead(): void {
      if (answersPings && !session.destroyed) {
        answersPings = false;
        session.ping(() => {
          answersPings = true;
        });
      } else {
        socket.destroy();
      }
    }
  }

  // Of a message that is on its way Node does not tell how far it is, so a slow client gets longer.
  function endIfStalled(stream: ServerHttp2Stream): void {
    const { writableLength: unsent } = stream;
    const last = unsentByStream.get(stream);
    const looks = last?.unsent === unsent ? last.looks + 1 : 1;
    if (unsent > 0 && looks > looksBeforeEnd) {
      stream.close(constants.NGHTTP2_CANCEL);
    } else if (unsent > 0) {
      unsentByStream.set(stream, { unsent, looks });
    } else if (last !== undefined) {
      unsentByStream.delete(stream);
    }
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

/**
 * Lets a session end in a turn of its own. Ended while Node reads what has arrived, as it is when the
 * client says farewell, it is freed, and what came after the farewell is read nevertheless: a client
 * could overwrite the memory of the process.
 *
 * @see https://github.com/nodejs/node/issues/64113
 */
function endBetweenReads(session: ServerHttp2Session): void {
  const close = session.close.bind(session);
  const destroy = session.destroy.bind(session);
  session.close = (callback) => {
    setImmediate(close, callback);
  };
  session.destroy = (error, code) => {
    setImmediate(destroy, error, code);
  };
}
