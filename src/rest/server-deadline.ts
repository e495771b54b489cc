// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { parseConnectTimeout, parseGrpcTimeout } from "./connect-internals.ts";

/** How long a call may take, or what is wrong with the header that says so. */
export interface CallTimeout {
  readonly timeoutMs?: number | undefined;
  readonly error?: ConnectError | undefined;
}

// A JavaScript timer that is set to more than this fires at once.
const maxTimerMs = 2 ** 31 - 1;

/**
 * The time that a client gives a call: `x-server-timeout` in seconds, as Google's REST clients send
 * it, `connect-timeout-ms` or `grpc-timeout`; of several the shortest.
 */
export function callTimeout(header: Headers, maxTimeoutMs: number): CallTimeout {
  const timeouts = [
    parseServerTimeout(header.get("x-server-timeout"), maxTimeoutMs),
    parseConnectTimeout(header.get("connect-timeout-ms"), maxTimeoutMs),
    parseGrpcTimeout(header.get("grpc-timeout"), maxTimeoutMs),
  ];
  const given = timeouts.flatMap(({ timeoutMs }) => timeoutMs ?? []);
  return {
    timeoutMs: given.length === 0 ? undefined : Math.min(...given, maxTimerMs),
    error: timeouts.find(({ error }) => error !== undefined)?.error,
  };
}

function parseServerTimeout(value: string | null, maxTimeoutMs: number): CallTimeout {
  if (value === null) {
    return {};
  }
  if (!/^\d{1,10}(?:\.\d{1,9})?$/.test(value)) {
    const problem = `x-server-timeout must be a number of seconds, such as "2.5"`;
    return { error: new ConnectError(problem, Code.InvalidArgument) };
  }
  const timeoutMs = Number(value) * 1000;
  if (timeoutMs > maxTimeoutMs) {
    const problem = `x-server-timeout must be at most ${maxTimeoutMs / 1000}`;
    return { timeoutMs, error: new ConnectError(problem, Code.InvalidArgument) };
  }
  return { timeoutMs };
}
