// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";

interface Status {
  /** As `google.rpc.Code` names it. */
  readonly name: string;
  readonly http: number;
}

// biome-ignore format: a table reads better.
const statuses: ReadonlyMap<Code, Status> = new Map([
  [Code.Canceled,           { name: "CANCELLED",           http: 499 }],
  [Code.Unknown,            { name: "UNKNOWN",             http: 500 }],
  [Code.InvalidArgument,    { name: "INVALID_ARGUMENT",    http: 400 }],
  [Code.DeadlineExceeded,   { name: "DEADLINE_EXCEEDED",   http: 504 }],
  [Code.NotFound,           { name: "NOT_FOUND",           http: 404 }],
  [Code.AlreadyExists,      { name: "ALREADY_EXISTS",      http: 409 }],
  [Code.PermissionDenied,   { name: "PERMISSION_DENIED",   http: 403 }],
  [Code.ResourceExhausted,  { name: "RESOURCE_EXHAUSTED",  http: 429 }],
  [Code.FailedPrecondition, { name: "FAILED_PRECONDITION", http: 400 }],
  [Code.Aborted,            { name: "ABORTED",             http: 409 }],
  [Code.OutOfRange,         { name: "OUT_OF_RANGE",        http: 400 }],
  [Code.Unimplemented,      { name: "UNIMPLEMENTED",       http: 501 }],
  [Code.Internal,           { name: "INTERNAL",            http: 500 }],
  [Code.Unavailable,        { name: "UNAVAILABLE",         http: 503 }],
  [Code.DataLoss,           { name: "DATA_LOSS",           http: 500 }],
  [Code.Unauthenticated,    { name: "UNAUTHENTICATED",     http: 401 }],
]);

const unknown: Status = { name: "UNKNOWN", http: 500 };

/** How REST says a code. @see google/rpc/code.proto */
export function statusOf(code: Code): Status {
  return statuses.get(code) ?? unknown;
}

const codesByName: ReadonlyMap<unknown, Code> = new Map(
  [...statuses].map(([code, { name }]) => [name, code]),
);

/** Whether a value is the name of a code. */
export function isStatusName(value: unknown): boolean {
  return codesByName.has(value);
}

/** The code that a name says; undefined if it says none. */
export function codeOfName(name: unknown): Code | undefined {
  return codesByName.get(name);
}

/** The code that a number of `google.rpc.Code` says; undefined if it says none, or OK. */
export function codeOfNumber(number: unknown): Code | undefined {
  return typeof number === "number" && statuses.has(number) ? number : undefined;
}

const codesByHttp: ReadonlyMap<number, Code> = new Map([
  [400, Code.InvalidArgument],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.NotFound],
  [405, Code.Unimplemented],
  [408, Code.DeadlineExceeded],
  [409, Code.Aborted],
  [413, Code.ResourceExhausted],
  [416, Code.OutOfRange],
  [429, Code.ResourceExhausted],
  [499, Code.Canceled],
  [501, Code.Unimplemented],
  [502, Code.Unavailable],
  [503, Code.Unavailable],
  [504, Code.DeadlineExceeded],
]);

/** What an HTTP status means that comes without an error that says it, from a proxy for instance. */
export function codeOfHttp(status: number): Code {
  const code = codesByHttp.get(status);
  if (code !== undefined) {
    return code;
  }
  if (status >= 400 && status < 500) {
    return Code.FailedPrecondition;
  }
  return status >= 500 && status < 600 ? Code.Internal : Code.Unknown;
}
