// SPDX-License-Identifier: Apache-2.0

import { IncomingMessage } from "node:http";
import type { NodeRequest } from "./handler.ts";

/**
 * Lets a request of HTTP/1.1 be answered before its body has been read, as one that is too large is.
 * Node destroys the connection when the reading ends early, and the client would often see a reset
 * in place of the answer; this way the rest of the body is read and dropped.
 */
export function allowEarlyAnswer(request: NodeRequest): void {
  if (request instanceof IncomingMessage) {
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
}
