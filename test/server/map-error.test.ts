// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { memoryStore, type OperationsOptions } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

type MapError = NonNullable<OperationsOptions["mapError"]>;

/** What an operation ends with, and what onError is told. */
async function ended(tree: TreeHandler, options: Partial<OperationsOptions>) {
  const clock = steppedClock();
  await using a = replica(tree, { store: memoryStore({ clock }), ...options, clock });
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind !== "running");
  const outcome = await a.outcome(name);
  const error = "error" in outcome ? outcome.error : undefined;
  return {
    name,
    code: error?.code,
    message: error?.rawMessage,
    reason: error?.findDetails(ErrorInfoSchema)[0]?.reason,
    told: a.errors.map(({ error }) => error),
  };
}

const failing =
  (value: unknown): TreeHandler =>
  async () => {
    throw value;
  };

test("what a handler throws ends the operation with what it is mapped to", async () => {
  const seen: unknown[] = [];
  const missing = Object.assign(new Error("ENOENT: secret"), { code: "ENOENT" });
  const { name, ...end } = await ended(failing(missing), {
    mapError(error, context) {
      seen.push(error, context);
      return new ConnectError("no such tree", Code.NotFound);
    },
  });
  expect(end).toMatchObject({ code: Code.NotFound, message: "no such tree", told: [] });
  expect(seen).toEqual([
    missing,
    { operation: name, method: "checksum.v1.ChecksumService/ChecksumTree" },
  ]);
});

test.each([
  { value: undefined },
  { value: null },
  { value: "text" },
  { value: 0 },
  { value: Object.create(null) },
  { value: new Promise(() => {}) },
  { value: new ConnectError("upstream", Code.Unavailable) },
])("it is given whatever was thrown, and may give anything back: $value", async ({ value }) => {
  const seen: unknown[] = [];
  const mapError: MapError = (error) => {
    seen.push(error);
    return "no error either";
  };
  const end = await ended(failing(value), { mapError });
  expect(seen[0]).toBe(value);
  expect(end).toMatchObject({ code: Code.Internal, reason: "HANDLER_FAILED" });
  expect(end.told).toEqual(["no error either"]);
});

test("a thrown object whose every look throws ends INTERNAL all the same", async () => {
  const value = new Proxy(new ConnectError("odd"), {
    get() {
      throw new Error("a trap");
    },
    getPrototypeOf() {
      throw new Error("a trap");
    },
  });
  const end = await ended(failing(value), {});
  expect(end).toMatchObject({ code: Code.Internal, reason: "HANDLER_FAILED" });
  expect(end.told).toMatchObject([{ message: "An error could not be encoded" }]);
});

test("a promise that is thrown is not waited for", async () => {
  const never = new Promise(() => {});
  const end = await ended(failing(never), {});
  expect(end).toMatchObject({ code: Code.Internal, reason: "HANDLER_FAILED" });
  expect(end.told).toEqual([never]);
});

test.each([
  {
    how: "throws",
    mapError: () => {
      throw new Error("broken");
    },
  },
  {
    how: "rejects",
    mapError: async () => {
      throw new Error("broken");
    },
  },
])("where it $how, the operation ends INTERNAL, and onError is told of both", async (options) => {
  const end = await ended(failing("secret"), options);
  expect(end).toMatchObject({ code: Code.Internal, reason: "HANDLER_FAILED" });
  expect(end.told).toEqual(["secret", new Error("broken")]);
});

test("it may take its time", async () => {
  const end = await ended(failing("secret"), {
    mapError: async () => new ConnectError("mapped", Code.DataLoss),
  });
  expect(end).toMatchObject({ code: Code.DataLoss, message: "mapped" });
});

test("our own refusal of a response is not mapped", async () => {
  const end = await ended(async () => ({ treeDigest: "x".repeat(70_000) }), {
    maxOperationBytes: 64 * 1024,
    mapError: () => expect.fail("mapped"),
  });
  expect(end).toMatchObject({ code: Code.ResourceExhausted, reason: "RESPONSE_TOO_LARGE" });
});

test("what is thrown because of a cancel request, or a shutdown, is not mapped", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const untilStopped: TreeHandler = async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  };
  const mapped = gate<unknown>();
  const a = replica(untilStopped, { store, clock, mapError: mapped.open });
  const names = [await a.start(), await a.start()];
  await turns();
  await a.api.cancelOperation({ name: names[0] ?? "" });
  await until(async () => (await a.outcome(names[0] ?? "")).kind === "cancelled");
  await a[Symbol.asyncDispose]();
  expect(await Promise.race([mapped.passed, turns()])).toBeUndefined();
  expect(a.errors).toEqual([]);
});
