// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "./connect-internals.ts";
import { encodeError, withHttpStatus } from "./error.ts";
import type { EncodedResponse } from "./response.ts";
import type { RouteMatch } from "./router.ts";

/** An answer to a request over HTTP. */
export interface RestAnswer {
  readonly status: number;
  readonly header: Headers;
  /** Whole, or as it comes. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The names of headers that tell how an answer is sent: no implementation can know. */
const transportHeaders = [
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** The metadata of an answer, as headers; what comes after the message is marked `trailer-`. */
export function metadataHeaders(header: Headers, trailer?: Headers): Headers {
  for (const name of transportHeaders) {
    header.delete(name);
  }
  trailer?.forEach((value, name) => {
    header.append(`trailer-${name}`, value);
  });
  return header;
}

interface WholeAnswerOptions {
  readonly status: number;
  /** Metadata; becomes the headers of the answer. */
  readonly header: Headers;
  readonly compression: Compression | undefined;
  readonly compressMinBytes: number;
}

/** Makes an answer, compressed where that is wanted and worth it. */
export async function wholeAnswer(
  { contentType, body }: EncodedResponse,
  { status, header, compression, compressMinBytes }: WholeAnswerOptions,
): Promise<RestAnswer> {
  let sent = body;
  if (contentType !== "") {
    header.set("content-type", contentType);
  }
  if (body.length >= compressMinBytes) {
    header.append("vary", "accept-encoding");
    if (compression !== undefined) {
      sent = await compression.compress(body);
      header.set("content-encoding", compression.name);
    }
  }
  header.set("content-length", String(sent.length));
  return { status, header, body: sent };
}

/** The answer where no route is found. */
export function missAnswer(
  miss: Exclude<RouteMatch<unknown>, { readonly kind: "found" }>,
  registry: Registry,
): RestAnswer {
  const { status, contentType, body } = encodeError(missError(miss), { registry });
  const header = new Headers({ "content-type": contentType, "content-length": `${body.length}` });
  if (miss.kind === "methodNotAllowed") {
    header.set("allow", miss.allow.join(", "));
  }
  return { status, header, body };
}

function missError(miss: Exclude<RouteMatch<unknown>, { readonly kind: "found" }>): ConnectError {
  switch (miss.kind) {
    case "notFound":
      return new ConnectError("no method has this path", Code.NotFound);
    case "malformed":
      return new ConnectError("the path is not percent-encoded UTF-8", Code.InvalidArgument);
    case "methodNotAllowed": {
      const problem = `this path can be called with ${miss.allow.join(", ")}`;
      return withHttpStatus(new ConnectError(problem, Code.Unimplemented), 405);
    }
  }
}
