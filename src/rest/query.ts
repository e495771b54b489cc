// SPDX-License-Identifier: Apache-2.0

import { encodeUnreserved } from "./percent.ts";
import { requestProblem } from "./request-problem.ts";

/** One `name=value` of a query, decoded. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

// Far beyond what anybody writes. How long a query may be, the server limits with its headers.
const mostParameters = 1000;

/**
 * Reads a query as forms write it: `+` is a space.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function readQuery(query: string): QueryParameter[] {
  const pairs = query.split("&", mostParameters + 1);
  if (pairs.length > mostParameters) {
    throw requestProblem("", `the query has more than ${mostParameters} parameters`);
  }
  const written = pairs.filter((pair) => pair !== "");
  return written.map((pair) => {
    const equals = pair.indexOf("=");
    const end = equals === -1 ? pair.length : equals;
    try {
      return { name: decode(pair.slice(0, end)), value: decode(pair.slice(end + 1)) };
    } catch {
      throw requestProblem("", `the query is not percent-encoded UTF-8 at ${pair.slice(0, 100)}`);
    }
  });
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/** Writes a query; empty if there are no parameters. */
export function writeQuery(parameters: readonly QueryParameter[]): string {
  return parameters
    .map(({ name, value }) => `${encodeUnreserved(name)}=${encodeUnreserved(value)}`)
    .join("&");
}

const systemNames: ReadonlySet<string> = new Set([
  "access_token",
  "alt",
  "bearer_token",
  "callback",
  "enum-encoding",
  "fields",
  "key",
  "oauth_token",
  "pp",
  "prettyPrint",
  "quotaUser",
  "uploadType",
  "upload_protocol",
  "userIp",
]);

/**
 * Whether a parameter says something of the call rather than of the request: always, if it begins
 * with `$`, else only if the request has no field of that name.
 *
 * @see https://cloud.google.com/apis/docs/system-parameters
 */
export function isSystemParameter(name: string): boolean {
  return name.startsWith("$") || systemNames.has(name);
}
