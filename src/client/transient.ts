// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectError } from "@connectrpc/connect";
import { retryHintMs } from "./retry-hint.ts";

/**
 * Whether a call that only reads may be made again: nobody was there to answer it, or whoever
 * answered asks for that.
 *
 * @see AIP-194
 */
export function isTransient(error: ConnectError): boolean {
  switch (error.code) {
    case Code.Unavailable:
    // Of the call, which is much shorter than the waiting.
    case Code.DeadlineExceeded:
    // Nobody here gave the call up: a server or a proxy has reset its stream.
    case Code.Canceled:
      return true;
    default:
      return retryHintMs(error) !== undefined || isBroken(error);
  }
}

/** Whether a connection broke, or somebody on the way sends back. Transports tell that by all sorts of codes. */
function isBroken({ code, cause, rawMessage }: ConnectError): boolean {
  return (
    hasBroken(cause) ||
    (code === Code.Internal && rawMessage.startsWith("http/2 stream closed")) ||
    // The answer broke off where HTTP/2 sees nothing wrong.
    (code === Code.InvalidArgument && rawMessage.startsWith("protocol error: promised ")) ||
    // Over REST. Other transports make UNAVAILABLE of it; an API says more than a status.
    (code === Code.ResourceExhausted && rawMessage === "HTTP 429")
  );
}

// Some errors are, by a detour, causes of themselves.
const deepestCause = 8;

function hasBroken(cause: unknown, depth = 0): boolean {
  if (!(cause instanceof Error) || depth > deepestCause) {
    return false;
  }
  const { code } = cause as { code?: unknown };
  return (
    // Errors of the system, of HTTP/2 and of Node's fetch.
    (typeof code === "string" && /^(?:E[A-Z]+$|ERR_HTTP2_|ERR_STREAM_|UND_ERR_)/.test(code)) ||
    // A TypeError of fetch has nothing else to be told by: those of Node, Chromium, Firefox, Safari.
    (cause instanceof TypeError &&
      /^(?:fetch failed|terminated|failed to fetch|network error|networkerror|load failed)/i.test(
        cause.message,
      )) ||
    hasBroken(cause.cause, depth + 1)
  );
}
