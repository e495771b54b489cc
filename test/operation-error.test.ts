// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { AnySchema, DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { type Status, StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { failed, OperationError, packAny } from "../src/index.ts";

const status = create(StatusSchema, {
  code: Code.Aborted,
  message: "the tree changed",
  details: [
    packAny(ErrorInfoSchema, { reason: "TREE_CHANGED", domain: "example.com" }),
    packAny(RetryInfoSchema, { retryDelay: { seconds: 3n } }),
    packAny(ErrorInfoSchema, { reason: "SECOND", domain: "example.com" }),
    create(AnySchema, {
      typeUrl: "type.googleapis.com/google.rpc.ErrorInfo",
      value: Uint8Array.of(0x0a),
    }),
  ],
});

function errorOf(init: Partial<Pick<Status, "code" | "message">> = {}): OperationError {
  const error = create(StatusSchema, { ...status, ...init });
  return new OperationError(failed({ name: "operations/a", error: status }), error);
}

describe("OperationError", () => {
  test("says what the operation ended with", () => {
    const error = errorOf();
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("OperationError");
    expect(error.code).toBe(Code.Aborted);
    expect(error.message).toBe("[aborted] the tree changed");
    expect(error.rawMessage).toBe("the tree changed");
    expect(error.operation.name).toBe("operations/a");
    expect(String(error)).toBe("OperationError: [aborted] the tree changed");
    expect(error.cause).toBeUndefined();
  });

  test("names every code as Connect does", () => {
    expect(errorOf({ code: Code.DeadlineExceeded }).message).toMatch(/^\[deadline_exceeded\] /);
    expect(errorOf({ code: Code.Canceled, message: "" }).message).toBe("[canceled]");
  });

  test.each([0, 17, -1, 2 ** 31 - 1])("reads the code %d, which is none, as unknown", (code) => {
    expect(errorOf({ code }).code).toBe(Code.Unknown);
    expect(errorOf({ code }).message).toBe("[unknown] the tree changed");
  });

  test("is no ConnectError, and becomes one that nobody tries again", () => {
    const error = errorOf({ code: Code.Unavailable });
    expect(error).not.toBeInstanceOf(ConnectError);
    const converted = ConnectError.from(error);
    expect(converted.code).toBe(Code.Unknown);
    expect(converted.cause).toBe(error);
  });

  test("finds the details of one type, without those that do not parse", () => {
    const error = errorOf();
    expect(error.findDetails(ErrorInfoSchema).map(({ reason }) => reason)).toEqual([
      "TREE_CHANGED",
      "SECOND",
    ]);
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    expect(error.findDetails(DurationSchema)).toEqual([]);
  });
});
