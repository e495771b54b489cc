// SPDX-License-Identifier: Apache-2.0

import { create, type DescMessage } from "@bufbuild/protobuf";
import {
  type Any,
  AnySchema,
  DurationSchema,
  EmptySchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { type Operation, OperationSchema } from "../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { failed, outcomeOf, packAny, running, succeeded } from "../src/index.ts";

const name = "operations/a";
const metadata = packAny(TimestampSchema, { seconds: 7n });
const response = packAny(DurationSchema, { seconds: 60n });
const types = { response: DurationSchema, metadata: TimestampSchema };

describe("making operations", () => {
  test("running", () => {
    expect(running({ name, metadata })).toEqual(create(OperationSchema, { name, metadata }));
  });

  test("succeeded", () => {
    expect(succeeded({ name, metadata, response })).toEqual(
      create(OperationSchema, {
        name,
        metadata,
        done: true,
        result: { case: "response", value: response },
      }),
    );
  });

  test("failed", () => {
    const error = { code: Code.NotFound, message: "no such tree" };
    expect(failed({ name, metadata, error })).toEqual(
      create(OperationSchema, {
        name,
        metadata,
        done: true,
        result: { case: "error", value: error },
      }),
    );
  });

  test("metadata that is left out is unset", () => {
    const error = { code: Code.Internal };
    for (const init of [{ name }, { name, metadata: undefined }]) {
      for (const op of [
        running(init),
        succeeded({ ...init, response }),
        failed({ ...init, error }),
      ]) {
        expect(op).not.toHaveProperty("metadata");
      }
    }
  });

  test.each([{}, { code: 0 }, { code: 0, message: "x" }])("an error %o is none", (error) => {
    expect(() => failed({ name, error })).toThrow(RangeError);
  });
});

describe("outcomeOf", () => {
  const done = (result: Operation["result"]) =>
    create(OperationSchema, { name, done: true, result });
  const responding = (value: Any) => done({ case: "response", value });

  test("running", () => {
    expect(outcomeOf(running({ name, metadata }), types)).toEqual({
      kind: "running",
      name,
      metadata: create(TimestampSchema, { seconds: 7n }),
    });
  });

  test("running, whatever the result says, until it is done", () => {
    const early = create(OperationSchema, { name, result: { case: "response", value: response } });
    expect(outcomeOf(early, types).kind).toBe("running");
  });

  test("succeeded", () => {
    expect(outcomeOf(succeeded({ name, metadata, response }), types)).toEqual({
      kind: "succeeded",
      name,
      metadata: create(TimestampSchema, { seconds: 7n }),
      response: create(DurationSchema, { seconds: 60n }),
    });
  });

  test("failed", () => {
    const operation = failed({ name, metadata, error: { code: Code.NotFound, message: "gone" } });
    const outcome = outcomeOf(operation, types);
    expect(outcome).toMatchObject({ kind: "failed", name, error: { code: Code.NotFound } });
    expect(outcome.metadata?.seconds).toBe(7n);
    expect(outcome.kind === "failed" && outcome.error.operation).toBe(operation);
  });

  test("failed, with the code that means OK, as some servers have it", () => {
    const outcome = outcomeOf(done({ case: "error", value: create(StatusSchema) }), types);
    expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.Unknown } });
  });

  test("cancelled", () => {
    const outcome = outcomeOf(failed({ name, error: { code: Code.Canceled } }), types);
    expect(outcome).toMatchObject({ kind: "cancelled", name, error: { code: Code.Canceled } });
  });

  test("missing: done without a result, or with a response of nothing", () => {
    expect(outcomeOf(done({ case: undefined }), types)).toEqual({ kind: "missing", name });
    expect(outcomeOf(responding(create(AnySchema)), types)).toEqual({ kind: "missing", name });
  });

  test("failed, where the response is of another type", () => {
    const outcome = outcomeOf(responding(packAny(EmptySchema, {})), types);
    expect(errorInfo(outcome)).toEqual({
      reason: "RESULT_TYPE_MISMATCH",
      expected: "google.protobuf.Duration",
      actual: "type.googleapis.com/google.protobuf.Empty",
    });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.Internal } });
  });

  test("failed, where the response does not parse", () => {
    const outcome = outcomeOf(responding({ ...response, value: Uint8Array.of(0x08) }), types);
    expect(errorInfo(outcome)).toEqual({
      reason: "RESULT_MALFORMED",
      expected: "google.protobuf.Duration",
      actual: "type.googleapis.com/google.protobuf.Duration",
    });
    expect(outcome.kind === "failed" && outcome.error.cause).toBeInstanceOf(Error);
  });

  test.each<[string, Any | undefined]>([
    ["unset", undefined],
    ["of another type", response],
    ["not parseable", { ...metadata, value: Uint8Array.of(0x08) }],
  ])("metadata that is %s is undefined, and nothing else changes", (_, metadata) => {
    const outcome = outcomeOf(succeeded({ name, metadata, response }), types);
    expect(outcome.kind).toBe("succeeded");
    expect(outcome.metadata).toBeUndefined();
  });

  test("metadata and responses that are declared as Any come as they are", () => {
    const any = { response: AnySchema, metadata: AnySchema };
    expect(outcomeOf(succeeded({ name, metadata, response }), any)).toEqual({
      kind: "succeeded",
      name,
      metadata,
      response,
    });
  });

  function errorInfo(outcome: ReturnType<typeof outcomeOf<DescMessage, DescMessage>>) {
    const error = outcome.kind === "failed" ? outcome.error : undefined;
    const [info, ...others] = error?.findDetails(ErrorInfoSchema) ?? [];
    expect(others).toEqual([]);
    return { reason: info?.reason, ...info?.metadata };
  }
});
