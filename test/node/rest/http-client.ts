// SPDX-License-Identifier: Apache-2.0

import { request as http1Request } from "node:http";
import { connect } from "node:http2";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

/** A request whose target is sent as it stands. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends requests to one server, over one version of HTTP. */
export interface HttpClient extends Disposable {
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export const httpClients: Readonly<Record<"HTTP/1.1" | "HTTP/2", (port: number) => HttpClient>> = {
  "HTTP/1.1": (port) => ({
    send: ({ method, target, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
        const sent = http1Request(
          { port, host: "127.0.0.1", method, path: target, headers: { ...headers, ...length } },
          (response) => {
            const status = response.statusCode ?? 0;
            resolve(answerOf({ status, headers: response.headers, stream: response }));
          },
        );
        sent.on("error", reject).end(body);
      }),
    [Symbol.dispose]() {},
  }),
  "HTTP/2": (port) => {
    const session = connect(`http://127.0.0.1:${port}`);
    return {
      send: ({ method, target, headers, body }) =>
        new Promise((resolve, reject) => {
          const stream = session.request(
            { ...headers, ":method": method, ":path": target },
            { endStream: body === undefined },
          );
          stream.on("error", reject);
          stream.on("response", ({ ":status": status = 0, ...received }) =>
            resolve(answerOf({ status, headers: received, stream })),
          );
          if (body !== undefined) {
            stream.end(body);
          }
        }),
      [Symbol.dispose]: () => session.destroy(),
    };
  },
};

async function answerOf({
  stream,
  ...answer
}: Omit<HttpAnswer, "body"> & { readonly stream: Readable }): Promise<HttpAnswer> {
  return { ...answer, body: await buffer(stream) };
}
