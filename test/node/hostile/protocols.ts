// SPDX-License-Identifier: Apache-2.0

/** The encoding of a message. */
export type Codec = "json" | "proto";

/** A call of a method, as HTTP carries it. */
export interface Call {
  readonly httpMethod: "GET" | "POST";
  /** The path, with a query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** One of the protocols in which a method can be called. */
export interface Protocol {
  readonly name: string;
  /** What it is called whatever the encoding of messages; HTTP's GET is one by itself. */
  readonly family: string;
  readonly codec: Codec;
  /** Whether messages stand in envelopes: a byte of flags and four of length. */
  readonly enveloped: boolean;
  /** The header that names the compression of a request, if that is one. */
  readonly encodingHeader: string | undefined;
  /** The header that tells the deadline. */
  readonly timeoutHeader: string;
  /** A call with this body, which in a GET is the message. */
  call(method: string, body: Buffer): Call;
  /** A message, or what is said to be one, as a body. */
  wrap(message: Buffer): Buffer;
  /** Whether an answer says what became of the call in the way of the protocol. */
  outcome(answer: Answer): "ok" | "error" | "unclear";
}

const pathTo = (method: string) => `/${method}`;

function post(
  contentType: string,
  more: Readonly<Record<string, string>> = {},
): (method: string, body: Buffer) => Call {
  const headers = { "content-type": contentType, ...more };
  return (method, body) => ({ httpMethod: "POST", target: pathTo(method), headers, body });
}

/** Flags, a length, and what follows. */
export function envelope(body: Buffer, flags = 0, length: number = body.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

// What the server itself refuses, it refuses in plain HTTP.
const refusals = [400, 404, 405, 408, 413, 414, 415, 431];

function unaryOutcome({ status, headers, body }: Answer): "ok" | "error" | "unclear" {
  if (status === 200) {
    return "ok";
  }
  if (!String(headers["content-type"]).startsWith("application/json")) {
    return refusals.includes(status) ? "error" : "unclear";
  }
  const { code } = JSON.parse(body.toString()) as { code?: unknown };
  return status >= 400 && typeof code === "string" ? "error" : "unclear";
}

function statusOutcome(httpStatus: number, grpcStatus: unknown): "ok" | "error" | "unclear" {
  if (httpStatus !== 200) {
    return refusals.includes(httpStatus) ? "error" : "unclear";
  }
  const code = Number(grpcStatus ?? Number.NaN);
  return code === 0 ? "ok" : code > 0 && code <= 16 ? "error" : "unclear";
}

const grpcOutcome = ({ status, headers, trailers }: Answer) =>
  statusOutcome(status, trailers["grpc-status"] ?? headers["grpc-status"]);

function grpcWebOutcome({ status, headers, body }: Answer): "ok" | "error" | "unclear" {
  const [, inBody] = /grpc-status: ?(\d+)/.exec(body.toString("latin1")) ?? [];
  return statusOutcome(status, inBody ?? headers["grpc-status"]);
}

const bare = { enveloped: false, wrap: (message: Buffer) => message } as const;
const enveloped = { enveloped: true, wrap: (message: Buffer) => envelope(message) } as const;
const connect = {
  ...bare,
  encodingHeader: "content-encoding",
  timeoutHeader: "connect-timeout-ms",
  outcome: unaryOutcome,
} as const;

function connectGet(method: string, body: Buffer): Call {
  const query = new URLSearchParams({ encoding: "proto", base64: "1", connect: "v1" });
  query.set("message", body.toString("base64url"));
  return {
    httpMethod: "GET",
    target: `${pathTo(method)}?${query}`,
    headers: {},
    body: Buffer.alloc(0),
  };
}

export const protocols: readonly Protocol[] = [
  {
    ...connect,
    name: "Connect JSON",
    family: "Connect JSON",
    codec: "json",
    call: post("application/json"),
  },
  {
    ...connect,
    name: "Connect binary",
    family: "Connect binary",
    codec: "proto",
    call: post("application/proto"),
  },
  {
    ...connect,
    name: "Connect GET",
    family: "Connect GET",
    codec: "proto",
    encodingHeader: undefined,
    call: connectGet,
  },
  {
    ...enveloped,
    name: "gRPC",
    family: "gRPC",
    codec: "proto",
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    call: post("application/grpc", { te: "trailers" }),
    outcome: grpcOutcome,
  },
  {
    ...enveloped,
    name: "gRPC in JSON",
    family: "gRPC",
    codec: "json",
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    call: post("application/grpc+json", { te: "trailers" }),
    outcome: grpcOutcome,
  },
  {
    ...enveloped,
    name: "gRPC-Web",
    family: "gRPC-Web",
    codec: "proto",
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    call: post("application/grpc-web+proto"),
    outcome: grpcWebOutcome,
  },
];

/** A message in its place, compressed, or what is said to be that. */
export function compressed(
  protocol: Protocol,
  method: string,
  message: Buffer,
  encoding = "gzip",
): Call {
  if (protocol.encodingHeader === undefined) {
    const call = protocol.call(method, message);
    return { ...call, target: `${call.target}&compression=${encoding}` };
  }
  const call = protocol.call(method, protocol.enveloped ? envelope(message, 1) : message);
  return { ...call, headers: { ...call.headers, [protocol.encodingHeader]: encoding } };
}
