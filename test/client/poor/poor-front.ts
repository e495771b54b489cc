// SPDX-License-Identifier: Apache-2.0

import type { ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { NodeHandler, NodeRequest, NodeResponse } from "../../../src/node/handler.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What stands in front of a server, a proxy for instance, and what breaks on the way. */
export interface PoorFront {
  /** Where it listens; known once there has been a request. */
  readonly port: number | undefined;
  /** What comes in place of the next answers to a method, one for each call; then the server answers. */
  readonly next: {
    readonly wait: Breakage[];
    readonly get: Breakage[];
    readonly other: Breakage[];
  };
  readonly wrap: (serve: NodeHandler) => NodeHandler;
  /** The process behind all connections is gone, from one moment to the next. */
  die(): void;
}

export interface Breakage {
  /** How long nothing happens before, in milliseconds. */
  readonly afterMs?: number;
  readonly happens: (request: NodeRequest, response: NodeResponse) => void;
}

export function poorFront(time: VirtualTime): PoorFront {
  const next: PoorFront["next"] = { wait: [], get: [], other: [] };
  const sockets = new Set<Socket>();
  let port: number | undefined;
  return {
    next,
    get port() {
      return port;
    },
    die() {
      for (const socket of sockets) {
        socket.resetAndDestroy();
      }
      sockets.clear();
    },
    wrap: (serve) => (request, response) => {
      port = request.socket.localPort;
      // In HTTP/2 a request lets go of its socket once it is over, and its session does not.
      const socket = "stream" in request ? request.stream.session?.socket : request.socket;
      if (socket !== undefined) {
        sockets.add(socket);
      }
      const breakage = next[methodOf(request)].shift();
      if (breakage === undefined) {
        serve(request, response);
      } else {
        void broken(breakage, { request, response });
      }
    },
  };

  async function broken(
    { afterMs = 0, happens }: Breakage,
    { request, response }: { readonly request: NodeRequest; readonly response: NodeResponse },
  ): Promise<void> {
    const left = new AbortController();
    response.on("close", () => left.abort());
    // An answer to a request that is still coming may look like one that nobody read.
    request.resume();
    request.on("error", () => {});
    if (afterMs > 0) {
      await time.hold(afterMs, left.signal);
    }
    if (!left.signal.aborted) {
      happens(request, response);
    }
  }
}

function methodOf({ method, url = "" }: NodeRequest): keyof PoorFront["next"] {
  if (/WaitOperation|:wait/.test(url)) {
    return "wait";
  }
  return /GetOperation/.test(url) || method === "GET" ? "get" : "other";
}

/** The page that a proxy answers with. */
export function page(status: number, headers: Readonly<Record<string, string>> = {}): Breakage {
  return {
    happens: (_request, response) =>
      (response as ServerResponse)
        .writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers })
        .end(`<!DOCTYPE html>\n<html><head><title>${status}</title></head></html>\n`),
  };
}

/** The connection ends without a word. */
export const cut: Breakage = {
  happens: ({ socket }) => {
    // `destroy` would end a session of HTTP/2 in good order.
    socket.destroySoon();
  },
};

/** The connection is reset, as by a machine that has lost its power and is back. */
export const reset: Breakage = {
  happens: ({ socket }) => {
    socket.resetAndDestroy();
  },
};

/** The connection ends within the answer. */
export const cutInBody: Breakage = {
  happens(request, response) {
    beginAnswer(request, response, () => request.socket.resetAndDestroy());
  },
};

/** Over HTTP/2, the answer ends too early, and in good order. */
export const breakOff: Breakage = {
  happens(request, response) {
    beginAnswer(request, response, () => streamOf(request).close(constants.NGHTTP2_NO_ERROR));
  },
};

function beginAnswer({ headers }: NodeRequest, response: NodeResponse, onSent: () => void): void {
  const type = headers["content-type"] ?? "application/json";
  (response as ServerResponse)
    .writeHead(200, { "content-type": type, "content-length": 1000 })
    .write(new Uint8Array([0, 0, 0, 3, 0xe3, 0x0a]), () => setImmediate(onSent));
}

/** Nobody ever answers. */
export const silence: Breakage = { afterMs: Number.POSITIVE_INFINITY, happens() {} };

/** One stream of HTTP/2 is reset. */
export function resetStream(code: number): Breakage {
  return { happens: (request) => streamOf(request).close(code) };
}

/** A server of HTTP/2 says that it goes away, and does. */
export function goAway(code: number): Breakage {
  return {
    happens(request) {
      const { session } = streamOf(request);
      session?.goaway(code);
      setImmediate(() => session?.destroy());
    },
  };
}

function streamOf(request: NodeRequest): ServerHttp2Stream {
  if (!("stream" in request)) {
    throw new Error("this is not HTTP/2");
  }
  return request.stream;
}
