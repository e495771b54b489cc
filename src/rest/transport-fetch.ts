// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decodeError } from "./error.ts";
import { readAllBytes, trailerDemux } from "./transport-internals.ts";

// Details of errors are limited far below, and what a proxy says at length is of no use.
const maxErrorBytes = 1024 * 1024;

export interface FetchOptions {
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly registry: Registry;
}

/** An HTTP request, whole. */
export interface FetchRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends a request, and gives the response if it is a success.
 *
 * @throws ConnectError: what the response says, or UNAVAILABLE if none came.
 */
export async function fetchSuccess(
  request: FetchRequest,
  options: FetchOptions,
): Promise<Response> {
  const response = await fetchAny(request, options);
  if (response.ok) {
    return response;
  }
  const { status, headers } = response;
  // A browser hides redirects behind the status 0.
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel().catch(() => {});
    const target = headers.get("location");
    throw new ConnectError(
      `${nameOf(request)} is redirected${target === null ? "" : ` to ${target}`}, ` +
        "which is not followed; let `baseUrl` say where the API is",
      Code.Unknown,
      headers,
    );
  }
  const body = await readAllBytes(chunksOf(response), maxErrorBytes).catch(() => new Uint8Array());
  const contentType = headers.get("content-type");
  const [metadata, trailer] = trailerDemux(headers);
  trailer.forEach((value, name) => {
    metadata.append(name, value);
  });
  throw decodeError({ status, contentType, body, headers: metadata }, options);
}

async function fetchAny(request: FetchRequest, options: FetchOptions): Promise<Response> {
  const { url, method, headers, body, signal } = request;
  // Looked up at each call: whoever instruments the platform may come later.
  const fetch = options.fetch ?? globalThis.fetch;
  try {
    return await fetch(url, {
      method,
      headers,
      signal,
      // A redirected POST would be sent on as GET, and credentials to another host.
      redirect: "manual",
      ...(body === undefined ? {} : { body: body as BodyInit }),
    });
  } catch (cause) {
    throw networkError(`${nameOf(request)} failed`, cause);
  }
}

/** The body as it comes. Whoever stops reading lets go of the connection. */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    if (reader === undefined) {
      // Where `fetch` knows no streams there may be a body all the same.
      yield new Uint8Array(await response.arrayBuffer());
      return;
    }
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      yield value;
    }
  } catch (cause) {
    throw networkError("the response broke off", cause);
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

// Without the query, in which a key may stand.
function nameOf({ method, url }: FetchRequest): string {
  return `${method} ${url.replace(/\?.*/s, "")}`;
}

// If the call was aborted, connect puts the reason of that in place of this error.
function networkError(what: string, cause: unknown): ConnectError {
  if (cause instanceof ConnectError) {
    return cause;
  }
  const reason = reasonsOf(cause).join(": ");
  return new ConnectError(`${what}: ${reason}`, Code.Unavailable, undefined, undefined, cause);
}

/** What went wrong, and why: `fetch failed` alone helps nobody. */
function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) {
    return [String(error)];
  }
  const { message, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const reason = message === "" ? code : message;
  return cause instanceof Error && cause !== error ? [reason, ...reasonsOf(cause)] : [reason];
}
