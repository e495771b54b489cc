// SPDX-License-Identifier: Apache-2.0

import { pipeline } from "node:stream/promises";
import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import type { RestServer } from "../rest/server.ts";
import type { RestAnswer } from "../rest/server-answer.ts";
import type { RestHttpRequest } from "../rest/server-call.ts";
import { requestTooLarge } from "../rest/server-limits.ts";
import type { NodeAdapterEvent } from "./adapter-event.ts";
import type { ArrivalLimit } from "./arrival-limit.ts";
import type { NodeRequest, NodeResponse } from "./handler.ts";
import { readWhole } from "./request-body.ts";

interface RestRequestsOptions {
  readonly server: RestServer;
  readonly arrivalLimit: ArrivalLimit;
  readonly contextValues?: ((request: NodeRequest) => ContextValues) | undefined;
  readonly onEvent: (event: NodeAdapterEvent) => void;
}

/** Answers a request, or, if no rule has its path and `next` is there, calls that instead. */
export type AnswerRest = (request: NodeRequest, response: NodeResponse, next?: () => void) => void;

/** Brings requests of Node's servers to a REST server. Their targets must have been checked. */
export function restRequests(options: RestRequestsOptions): AnswerRest {
  const { server, contextValues, onEvent } = options;
  return (request, response, next) => {
    const { method = "", url = "" } = request;
    const found = server.find(method, url);
    if (found.kind === "notFound" && next !== undefined) {
      next();
      return;
    }
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableEnded) {
        gone.abort(new ConnectError("the client has gone", Code.Canceled));
      }
    });
    server
      .answer(found, {
        method,
        url: absoluteUrl(request),
        header: headersOf(request),
        readBody: bodyReader(request, options.arrivalLimit),
        signal: gone.signal,
        contextValues: contextValues?.(request),
      })
      .then((answer) => send(answer, response))
      .catch((cause: unknown) => {
        const hasLeft = gone.signal.aborted || response.destroyed;
        response.destroy();
        // A stream that can only break off does so with the error of its implementation.
        if (!hasLeft && !(cause instanceof ConnectError)) {
          onEvent({ kind: "handlerThrew", cause });
        }
      })
      .finally(() => {
        if (!request.readableEnded) {
          request.resume();
        }
      });
  };
}

function absoluteUrl(request: NodeRequest): string {
  const encrypted = "encrypted" in request.socket && request.socket.encrypted === true;
  const authority = "authority" in request ? request.authority : request.headers.host;
  return `${encrypted ? "https" : "http"}://${authority}${request.url}`;
}

function headersOf({ headers }: NodeRequest): Headers {
  const header = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":")) {
      for (const item of typeof value === "string" ? [value] : value) {
        header.append(name, item);
      }
    }
  }
  return header;
}

function bodyReader(request: NodeRequest, arrivalLimit: ArrivalLimit): RestHttpRequest["readBody"] {
  if (!hasBody(request)) {
    return undefined;
  }
  if (request.readableDidRead && "body" in request) {
    const parsed = Buffer.from(JSON.stringify(request.body) ?? "");
    return async () => parsed;
  }
  return async (maxBytes) => {
    readWhole(request, { maxBytes, arrivalLimit });
    for await (const body of request as AsyncIterable<Buffer>) {
      if (body.length > maxBytes) {
        throw requestTooLarge(maxBytes);
      }
      return body;
    }
    return new Uint8Array();
  };
}

function hasBody(request: NodeRequest): boolean {
  if ("stream" in request) {
    return !request.stream.endAfterHeaders;
  }
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

async function send({ status, header, body }: RestAnswer, response: NodeResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(header);
  const cookies = header.getSetCookie();
  if (cookies.length > 0) {
    headers["set-cookie"] = cookies;
  }
  response.writeHead(status, headers);
  if (body instanceof Uint8Array) {
    response.end(body);
  } else {
    await pipeline(body, response);
  }
}
