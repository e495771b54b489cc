// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How an HTTP server that is not ours answers. */
export type Answer = (response: ServerResponse, request: Received) => void;

export interface CannedServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly received: readonly Received[];
  answer: Answer;
}

/** Answers with JSON. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return text(JSON.stringify(value), { status, "content-type": "application/json", ...headers });
}

/** Answers with a text. */
export function text(
  body: string,
  { status = 200, ...headers }: { readonly status?: number } & Record<string, unknown> = {},
): Answer {
  return (response) => response.writeHead(status, headers as Record<string, string>).end(body);
}

/** An HTTP server on a free port of the loopback interface that answers whatever it is told to. */
export async function cannedServer(answer: Answer = json({})): Promise<CannedServer> {
  const received: Received[] = [];
  const canned = { answer };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const { method = "", url = "", headers } = request;
    const whole = { method, url, headers, body: Buffer.concat(chunks).toString() };
    received.push(whole);
    canned.answer(response, whole);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(canned, {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}
