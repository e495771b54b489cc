// SPDX-License-Identifier: Apache-2.0

import { constants } from "node:http2";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { isTransient } from "../../src/client/transient.ts";
import {
  type Breakage,
  breakOff,
  cut,
  cutInBody,
  goAway,
  page,
  reset,
  resetStream,
} from "./poor/poor-front.ts";
import { http2Kinds, poorWorld, socketKinds } from "./poor/poor-world.ts";
import type { TransportKind } from "./transports.ts";

/** The error that a transport throws where something breaks. */
async function thrown(kind: TransportKind, breakage: Breakage): Promise<ConnectError> {
  await using world = await poorWorld(kind);
  world.front.next.get.push(breakage);
  const operations = createClient(Operations, world.opened.transport);
  const error: unknown = await operations
    .getOperation({ name: "operations/poor" })
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ConnectError);
  return ConnectError.from(error);
}

describe.each(socketKinds)("what is thrown over $name", (kind) => {
  test.each([
    ["a cut", cut],
    ["a reset", reset],
    ["a cut within the answer", cutInBody],
    ["HTTP 429", page(429)],
    ["HTTP 502", page(502)],
    ["HTTP 503", page(503)],
    ["HTTP 504", page(504)],
    ["HTTP 500 with a Retry-After", page(500, { "retry-after": "3" })],
  ])("after %s is transient", async (_what, breakage) => {
    expect(isTransient(await thrown(kind, breakage))).toBe(true);
  });

  test.each([200, 400, 401, 403, 404, 500])("after a page with %i is not", async (status) => {
    expect(isTransient(await thrown(kind, page(status)))).toBe(false);
  });
});

describe.each(http2Kinds)("what is thrown over $name", (kind) => {
  test.each([
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "STREAM_CLOSED",
    "REFUSED_STREAM",
    "CANCEL",
    "ENHANCE_YOUR_CALM",
  ] as const)("after RST_STREAM %s is transient", async (name) => {
    const code = constants[`NGHTTP2_${name}`];
    expect(isTransient(await thrown(kind, resetStream(code)))).toBe(true);
  });

  test.each(["NO_ERROR", "INTERNAL_ERROR", "ENHANCE_YOUR_CALM"] as const)(
    "after GOAWAY %s is transient",
    async (name) => {
      expect(isTransient(await thrown(kind, goAway(constants[`NGHTTP2_${name}`])))).toBe(true);
    },
  );
});

test.each(http2Kinds.filter(({ name }) => name === "Connect, HTTP/2"))(
  "over $name, an answer that breaks off in good order is transient",
  async (kind) => {
    const error = await thrown(kind, breakOff);
    expect(error.code).toBe(Code.InvalidArgument);
    expect(isTransient(error)).toBe(true);
  },
);

test.each([
  ["Chromium", "Failed to fetch"],
  ["Firefox", "NetworkError when attempting to fetch resource."],
  ["Safari", "Load failed"],
  ["Chromium, within the answer", "network error"],
])("what the fetch of %s throws is transient", (_browser, message) => {
  const error = ConnectError.from(new TypeError(message));
  expect(error.code).toBe(Code.Unknown);
  expect(isTransient(error)).toBe(true);
});

test.each([
  new TypeError("Cannot read properties of undefined (reading 'name')"),
  new TypeError("Invalid URL"),
  new RangeError("premature EOF"),
  "fetch failed",
])("what no connection throws is not: %s", (cause) => {
  expect(isTransient(ConnectError.from(cause))).toBe(false);
});

test.each([
  [Code.Unavailable, true],
  [Code.DeadlineExceeded, true],
  [Code.Canceled, true],
  [Code.Unknown, false],
  [Code.InvalidArgument, false],
  [Code.NotFound, false],
  [Code.AlreadyExists, false],
  [Code.PermissionDenied, false],
  [Code.ResourceExhausted, false],
  [Code.FailedPrecondition, false],
  [Code.Aborted, false],
  [Code.OutOfRange, false],
  [Code.Unimplemented, false],
  [Code.Internal, false],
  [Code.DataLoss, false],
  [Code.Unauthenticated, false],
])("an error of the code %i, said by a server: %s", (code, expected) => {
  expect(isTransient(new ConnectError("so it is", code))).toBe(expected);
});

test("a quota that is used up is told by an API, and a tired proxy by HTTP alone", () => {
  const error = (message: string) => new ConnectError(message, Code.ResourceExhausted);
  expect(isTransient(error("HTTP 429"))).toBe(true);
  expect(isTransient(error("quota exceeded for the day"))).toBe(false);
  expect(isTransient(error("message size 5 is larger than configured readMaxBytes 4"))).toBe(false);
});

test("a chain of causes without an end is not gone through to the end", () => {
  const cause = new Error("round");
  cause.cause = cause;
  expect(isTransient(new ConnectError("x", Code.Unknown, {}, [], cause))).toBe(false);
});
