// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { Agent, request as requestHttp1 } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import type { Answer, Call } from "./protocols.ts";

/** Sends calls, and takes any whole answer for one. */
export interface HttpClient extends AsyncDisposable {
  send(call: Call): Promise<Answer>;
}

const longestMs = 30_000;

export function httpClient(version: "1.1" | "2", port: number): HttpClient {
  return version === "1.1" ? http1Client(port) : http2Client(port);
}

function http1Client(port: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    async send({ httpMethod, target, headers, body }) {
      const request = requestHttp1({
        agent,
        host: "127.0.0.1",
        port,
        method: httpMethod,
        path: target,
        headers: { ...headers, ...(httpMethod === "POST" && { "content-length": body.length }) },
        timeout: longestMs,
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.end(body);
      const [response] = await once(request, "response");
      const chunks: Buffer[] = await response.toArray();
      const { statusCode, trailers } = response;
      return {
        status: statusCode,
        headers: response.headers,
        trailers,
        body: Buffer.concat(chunks),
      };
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}

function http2Client(port: number): HttpClient {
  let session: ClientHttp2Session | undefined;

  async function open(): Promise<ClientHttp2Session> {
    if (session === undefined || session.closed || session.destroyed) {
      session = connectHttp2(`http://127.0.0.1:${port}`);
      session.on("error", () => session?.destroy());
    }
    return session;
  }

  return {
    async send({ httpMethod, target, headers, body }) {
      const stream = (await open()).request(
        { ":method": httpMethod, ":path": target, ...headers },
        { endStream: body.length === 0 },
      );
      stream.setTimeout(longestMs, () => stream.destroy(new Error("no answer")));
      let trailers: Answer["trailers"] = {};
      stream.on("trailers", (received) => {
        trailers = received;
      });
      if (body.length > 0) {
        stream.end(body);
      }
      const [answer] = await once(stream, "response");
      const chunks: Buffer[] = await stream.toArray();
      return {
        status: answer[":status"],
        headers: answer,
        trailers,
        body: Buffer.concat(chunks),
      };
    },
    async [Symbol.asyncDispose]() {
      session?.destroy();
    },
  };
}
