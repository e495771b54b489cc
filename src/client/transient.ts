// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectError } from "@connectrpc/connect";
import { retryHintMs } from "./retry-hint.ts";

const transientCodes = [
  Code.Unavailable,
  // Of the call, which is much shorter than the waiting.
  Code.DeadlineExceeded,
  // Nobody here gave the call up: a server or a proxy has reset its stream.
  Code.Canceled,
];

// What transports say, by all sorts of codes, of a stream that was reset, of an answer that broke off
// where HTTP/2 sees nothing wrong, and, over REST, of somebody on the way who sends back.
const brokenMessage = /^(http\/2 stream closed|protocol error: promised |HTTP 429$)/;

// Codes of the system, of HTTP/2 and of Node's fetch.
const brokenCode = /^(E[A-Z]+$|ERR_(HTTP2|STREAM)_|UND_ERR_)/;

// A TypeError of fetch has nothing else to be told by: those of Node, Chromium, Firefox, Safari.
const brokenFetch =
  /^TypeError: (fetch failed|terminated|failed to fetch|network ?error|load failed)/i;

// Some errors are, by a detour, causes of themselves.
const deepestCause = 8;

/**
 * Whether a call that only reads may be made again: nobody was there to answer it, or whoever
 * answered asks for that.
 *
 * @see AIP-194
 */
export function isTransient(error: ConnectError): boolean {
  return (
    transientCodes.includes(error.code) ||
    retryHintMs(error) !== undefined ||
    brokenMessage.test(error.rawMessage) ||
    hasBroken(error.cause)
  );
}

function hasBroken(cause: unknown, depth = 0): boolean {
  return (
    cause instanceof Error &&
    depth < deepestCause &&
    (brokenCode.test(String((cause as { code?: unknown }).code)) ||
      brokenFetch.test(String(cause)) ||
      hasBroken(cause.cause, depth + 1))
  );
}
