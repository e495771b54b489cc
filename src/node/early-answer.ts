// SPDX-License-Identifier: Apache-2.0

import type { NodeRequest } from "./handler.ts";

/**
 * Lets a request be answered before its body has been read, as one that is too large is. When the
 * reading ends early, Node destroys a connection of HTTP/1.1, so that the client would often see a
 * reset in place of the answer, and leaves a stream of HTTP/2 open for ever; this way the rest of the
 * body is read and dropped.
 */
export function allowEarlyAnswer(request: NodeRequest): void {
  request[Symbol.asyncIterator] = () => {
    const chunks = request.iterator({ destroyOnReturn: false });
    const end = chunks.return?.bind(chunks);
    chunks.return = async () => {
      await end?.();
      request.resume();
      return { done: true, value: undefined };
    };
    return chunks;
  };
}
