// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { ArrivalLimit } from "./arrival-limit.ts";
import type { NodeRequest } from "./handler.ts";

const empty = Buffer.alloc(0);

interface BodyOptions {
  /** No more than this, and what came with it, is kept. */
  readonly maxBytes: number;
  readonly arrivalLimit: ArrivalLimit;
}

/**
 * Makes the body of a request one chunk. Connect keeps chunks as they come, a list for each message,
 * and sums up the list at each of them, so that a message in ten thousand pieces takes seconds; and
 * it sets aside what a message says to be its length before anything of it has come.
 *
 * A body of more than `maxBytes` is handed over as soon as it is known to be one, for connect to
 * refuse; the rest is read and dropped, since the client might otherwise never read the answer.
 */
export function readWhole(request: NodeRequest, options: BodyOptions): void {
  request[Symbol.asyncIterator] = () => chunkOf(request, options);
}

async function* chunkOf(request: NodeRequest, options: BodyOptions): AsyncGenerator<Buffer> {
  try {
    const body = await wholeBody(request, options);
    if (body.length > 0) {
      yield body;
    }
  } finally {
    if (!request.readableEnded) {
      request.resume();
    }
  }
}

function wholeBody(request: NodeRequest, { maxBytes, arrivalLimit }: BodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body: Buffer = empty;
    let length = 0;
    const arrived = arrivalLimit.begin(request, reject);

    function take(chunk: Buffer): void {
      if (length > maxBytes) {
        return;
      }
      const needed = length + chunk.length;
      if (length === 0) {
        body = chunk;
      } else {
        if (needed > body.length) {
          // At least double, so that even single bytes are copied but a few times.
          const larger = Buffer.allocUnsafe(Math.max(needed, 2 * body.length));
          body.copy(larger, 0, 0, length);
          body = larger;
        }
        chunk.copy(body, length);
      }
      length = needed;
      if (length > maxBytes) {
        resolve(body.subarray(0, length));
        body = empty;
      }
    }

    request.on("data", take);
    request.on("end", () => {
      arrived();
      resolve(body.subarray(0, length));
    });
    // It also follows every error, which connect listens to.
    request.on("close", () => {
      // Of nearly every request all has come, and an error costs more than the rest of this.
      if (arrived()) {
        reject(new ConnectError("the request was cut off", Code.Canceled));
      }
    });
  });
}
