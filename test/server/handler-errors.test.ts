// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { OperationError, type OperationOutcome } from "../../src/index.ts";
import { memoryStore } from "../../src/server/index.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { until } from "./turns.ts";

/** What an operation ends with whose handler throws this, and what onError is told. */
async function thrown(value: unknown, { sync = false } = {}) {
  const clock = steppedClock();
  const fail = () => {
    throw value;
  };
  const tree = sync ? (fail as () => never) : async () => fail();
  await using a = replica(tree, { store: memoryStore({ clock }), clock });
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind !== "running");
  const told = a.errors.map(({ error, context }) => {
    expect(context).toEqual({ operation: name, source: "handler" });
    return error;
  });
  return { outcome: await a.outcome(name), told };
}

function errorOf(outcome: OperationOutcome<unknown, unknown>): OperationError {
  return outcome.kind === "failed" || outcome.kind === "cancelled"
    ? outcome.error
    : expect.fail(outcome.kind);
}

function expectOpaque(outcome: OperationOutcome<unknown, unknown>): void {
  const error = errorOf(outcome);
  expect(error.code).toBe(Code.Internal);
  expect(error.rawMessage).toBe("the operation failed for an internal reason");
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "HANDLER_FAILED", domain: "checksum.v1.ChecksumService" },
  ]);
  expect(
    error.operation.result.case === "error" && error.operation.result.value.details.length,
  ).toBe(1);
}

const upstream = new OperationError(
  create(OperationSchema),
  create(StatusSchema, { code: Code.DataLoss, message: "secret" }),
);

test.each([
  { value: "secret" },
  { value: new Error("secret") },
  { value: { message: "secret" } },
  { value: upstream },
  { value: 5 },
  { value: undefined },
  { value: null },
])(
  "$value, which is no ConnectError, is told whole to onError and to nobody else",
  async ({ value }) => {
    const { outcome, told } = await thrown(value);
    expectOpaque(outcome);
    expect(told).toEqual([value]);
  },
);

test("a handler that throws before its first await fails just the same", async () => {
  const { outcome, told } = await thrown("secret", { sync: true });
  expectOpaque(outcome);
  expect(told).toEqual(["secret"]);
});

test("a ConnectError ends the operation as it would end an RPC", async () => {
  const error = new ConnectError("no such tree", Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "NO_TREE", domain: "trees.example" } },
    { desc: BadRequestSchema, value: { fieldViolations: [{ field: "root" }] } },
  ]);
  const { outcome, told } = await thrown(error);
  const ended = errorOf(outcome);
  expect(ended).toMatchObject({ code: Code.NotFound, rawMessage: "no such tree" });
  expect(ended.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "NO_TREE" }]);
  expect(ended.findDetails(BadRequestSchema)).toMatchObject([
    { fieldViolations: [{ field: "root" }] },
  ]);
  expect(told).toEqual([]);
});

test("a detail that came over the wire is passed on", async () => {
  const error = new ConnectError("upstream", Code.Unavailable);
  const value = toBinary(HelpSchema, create(HelpSchema, { links: [{ url: "https://x" }] }));
  error.details.push({ type: HelpSchema.typeName, value });
  const { outcome } = await thrown(error);
  expect(errorOf(outcome).findDetails(HelpSchema)).toMatchObject([
    { links: [{ url: "https://x" }] },
  ]);
});

test("a detail whose type nobody knows is left out, and onError told", async () => {
  const error = new ConnectError("half", Code.Aborted, undefined, [
    { desc: FieldMaskSchema, value: { paths: ["a"] } },
  ]);
  error.details.push({ type: "acme.Unknown", value: new Uint8Array([1]) });
  const { outcome, told } = await thrown(error);
  const ended = errorOf(outcome);
  expect(ended).toMatchObject({ code: Code.Aborted, rawMessage: "half" });
  expect(ended.findDetails(FieldMaskSchema)).toMatchObject([{ paths: ["a"] }]);
  expect(told).toMatchObject([
    { message: "Error details of unregistered types were left out", cause: error },
  ]);
});

test("an error that is too large is replaced, and onError told", async () => {
  const error = new ConnectError("x".repeat(64 * 1024), Code.Aborted);
  const { outcome, told } = await thrown(error);
  expectOpaque(outcome);
  expect(told).toMatchObject(
    [{ message: /^An error of 65\d+ bytes is too large$/, cause: error }].map(
      ({ message, cause }) => ({ message: expect.stringMatching(message), cause }),
    ),
  );
});

test.each([
  {
    what: "cannot be encoded",
    detail: { desc: RetryInfoSchema, value: { retryDelay: { seconds: "soon" } } },
  },
  { what: "is none", detail: null },
  { what: "is a string", detail: "detail" },
])("an error with a detail that $what is replaced, and onError told", async ({ detail }) => {
  const error = new ConnectError("odd", Code.Aborted);
  error.details.push(detail as never);
  const { outcome, told } = await thrown(error);
  expectOpaque(outcome);
  expect(told).toMatchObject([
    { message: "An error could not be encoded", errors: [error, expect.any(Error)] },
  ]);
});

test.each([0, 99, -1, 1.5, Number.NaN])("code %s is none, and reads as UNKNOWN", async (code) => {
  const { outcome } = await thrown(new ConnectError("odd", code as Code));
  expect(errorOf(outcome)).toMatchObject({ code: Code.Unknown, rawMessage: "odd" });
});
