// SPDX-License-Identifier: Apache-2.0

import { type ClientHttp2Session, connect } from "node:http2";
import { expect } from "vitest";
import type { Served } from "../served.ts";
import { type HttpAnswer, type HttpClient, type HttpRequest, httpClients } from "./http-client.ts";

const json = { "content-type": "application/json" };
export const get = (target: string, headers: Record<string, string> = {}): HttpRequest => ({
  method: "GET",
  target,
  headers,
});
export const post = (
  target: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): HttpRequest => ({
  method: "POST",
  target,
  body,
  headers: { ...json, ...headers },
});

/** The error that an answer tells of. */
export function errorIn({ status, body }: HttpAnswer): unknown {
  const { error } = JSON.parse(body.toString());
  expect(error.code).toBe(status);
  return [status, error.status];
}

export function http2Session(url: string): ClientHttp2Session & Disposable {
  const session = connect(url);
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

/** Settles once the signal is aborted, with its reason. */
export const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise<unknown>((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

/** Uses a client of a server, and closes both. */
export async function connected<T>(
  server: Served,
  version: keyof typeof httpClients,
  use: (client: HttpClient) => Promise<T>,
): Promise<T> {
  await using _ = server;
  using client = httpClients[version](server.port);
  return await use(client);
}
