// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "./connect-internals.ts";
import { withHttpStatus } from "./error.ts";

/**
 * How the body of a request is compressed; undefined if it is not.
 *
 * @throws ConnectError with HTTP status 415, and what is accepted in its metadata.
 */
export function requestCompression(
  header: Headers,
  available: readonly Compression[],
): Compression | undefined {
  const encoding = header.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") {
    return undefined;
  }
  const compression = available.find(({ name }) => name === encoding);
  if (compression === undefined) {
    const accepted = available.map(({ name }) => name).join(", ") || "identity";
    const error = new ConnectError(
      `the content-encoding must be one of: ${accepted}`,
      Code.InvalidArgument,
      { "accept-encoding": accepted },
    );
    throw withHttpStatus(error, 415);
  }
  return compression;
}

/**
 * How the client would like its answer to be compressed; undefined: not at all. Of those that it
 * likes equally, the first available.
 */
export function responseCompression(
  header: Headers,
  available: readonly Compression[],
): Compression | undefined {
  const accepted = header.get("accept-encoding");
  if (accepted === null || available.length === 0) {
    return undefined;
  }
  const weights = new Map<string, number>();
  for (const item of accepted.split(",")) {
    const [name = "", ...parameters] = item.toLowerCase().split(";");
    const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]);
    weights.set(name.trim(), Number(weight.find((value) => value !== undefined) ?? 1));
  }
  let best: Compression | undefined;
  let bestWeight = 0;
  for (const compression of available) {
    const weight = weights.get(compression.name) ?? weights.get("*") ?? 0;
    if (weight > bestWeight) {
      best = compression;
      bestWeight = weight;
    }
  }
  return bestWeight >= (weights.get("identity") ?? 0) ? best : undefined;
}
