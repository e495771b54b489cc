// SPDX-License-Identifier: Apache-2.0

import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

/** A request, as bare as can be: the client is not what is measured. */
export interface HttpCall {
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

const agent = new Agent({ keepAlive: true });

/** Sends a request, over a connection that stays open, and answers with the text of a 200. */
export function sendCall({ body, ...call }: HttpCall): Promise<string> {
  const headers =
    body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    request({ ...call, host: "127.0.0.1", agent, headers }, (response) => {
      const { statusCode } = response;
      if (statusCode === 200) {
        resolve(text(response));
      } else {
        reject(new Error(`${call.method} ${call.path} was answered with ${statusCode}`));
      }
    })
      .on("error", reject)
      .end(body);
  });
}
