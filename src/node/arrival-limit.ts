// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { NodeRequest } from "./handler.ts";

/** Watches requests whose bodies are on their way. */
export interface ArrivalLimit {
  /**
   * Waits for the rest of a request: `onLate` is told if it takes too long, and soon after that the
   * request is cut off. Returns a function to call once it has arrived, or is gone, which the first
   * time returns whether that was in time.
   */
  begin(request: NodeRequest, onLate: (error: ConnectError) => void): () => boolean;
}

interface Arrival {
  readonly request: NodeRequest;
  readonly dueMs: number;
  readonly onLate: (error: ConnectError) => void;
}

// How long a client that is too slow has for reading that it is.
const lingerMs = 1000;

/** All requests have the same time, so one timer, for the oldest of them, is enough. */
export function arrivalLimit(limitMs: number): ArrivalLimit {
  const arrivals = new Set<Arrival>();
  let watching = false;

  function endLate(): void {
    watching = false;
    const nowMs = performance.now();
    for (const arrival of arrivals) {
      if (arrival.dueMs > nowMs) {
        watch(arrival.dueMs - nowMs + 1);
        return;
      }
      arrivals.delete(arrival);
      arrival.onLate(
        new ConnectError(`the request took more than ${limitMs} ms`, Code.DeadlineExceeded),
      );
      setTimeout(() => cutOff(arrival.request), lingerMs).unref();
    }
  }

  function watch(forMs: number): void {
    if (!watching) {
      watching = true;
      setTimeout(endLate, forMs).unref();
    }
  }

  return {
    begin(request, onLate) {
      const arrival = { request, onLate, dueMs: performance.now() + limitMs };
      arrivals.add(arrival);
      watch(limitMs);
      return () => arrivals.delete(arrival);
    },
  };
}

function cutOff(request: NodeRequest): void {
  if ("stream" in request) {
    request.stream.destroy();
  } else {
    request.socket.destroy();
  }
}
