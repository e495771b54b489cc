// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ErrorInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { retryHintMs } from "../../src/client/retry-hint.ts";

function withDetail(value: Uint8Array, type = "google.rpc.RetryInfo"): ConnectError {
  const error = new ConnectError("later", Code.Unavailable);
  error.details = [{ type, value }];
  return error;
}

function withRetryInfo(init: Partial<RetryInfo>): ConnectError {
  return withDetail(toBinary(RetryInfoSchema, create(RetryInfoSchema, init)));
}

const withRetryAfter = (value: string) =>
  new ConnectError("later", Code.Unavailable, { "retry-after": value });

describe("RetryInfo", () => {
  test.each([
    [0, 0],
    [1, 1],
    [1_500, 1_500],
    [60_000, 60_000],
    [60_001, 60_000],
    [1e14, 60_000],
  ])("of %i ms", (ms, expected) => {
    expect(retryHintMs(withRetryInfo({ retryDelay: durationFromMs(ms) }))).toBe(expected);
  });

  test("of less than nothing is none", () => {
    expect(retryHintMs(withRetryInfo({ retryDelay: durationFromMs(-1) }))).toBeUndefined();
  });

  test("without a delay is none", () => {
    expect(retryHintMs(withRetryInfo({}))).toBeUndefined();
  });

  test("stands before a Retry-After", () => {
    const error = withRetryInfo({ retryDelay: durationFromMs(2_000) });
    error.metadata.set("retry-after", "7");
    expect(retryHintMs(error)).toBe(2_000);
  });

  test("is found among other details", () => {
    const error = withRetryInfo({ retryDelay: durationFromMs(2_000) });
    const info = create(ErrorInfoSchema, { reason: "BUSY" });
    error.details.unshift({
      type: ErrorInfoSchema.typeName,
      value: toBinary(ErrorInfoSchema, info),
    });
    expect(retryHintMs(error)).toBe(2_000);
  });

  test("of any bytes is within a minute, or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const hint = retryHintMs(withDetail(bytes));
        expect(hint === undefined || (hint >= 0 && hint <= 60_000)).toBe(true);
      }),
      { examples: [[new Uint8Array([0x0a, 0xff])], [new Uint8Array([0x08, 0x05])]] },
    );
  });

  test("with fields that nobody knows yet is read all the same", () => {
    const known = toBinary(
      RetryInfoSchema,
      create(RetryInfoSchema, { retryDelay: durationFromMs(3_000) }),
    );
    expect(retryHintMs(withDetail(new Uint8Array([...known, 0x10, 0x01])))).toBe(3_000);
  });
});

test.each([
  ["0", 0],
  ["3", 3_000],
  ["60", 60_000],
  ["61", 60_000],
  ["9".repeat(400), 60_000],
  ["-1", undefined],
  ["", undefined],
  ["1.5", undefined],
  ["1e3", undefined],
  ["soon", undefined],
  ["3, 4", undefined],
  ["Fri, 31 Dec 1999 23:59:59 GMT", undefined],
])("Retry-After: %s", (value, expected) => {
  expect(retryHintMs(withRetryAfter(value))).toBe(expected);
});

test("an error that says nothing gives no hint", () => {
  expect(retryHintMs(new ConnectError("no"))).toBeUndefined();
  const value = toBinary(RetryInfoSchema, create(RetryInfoSchema));
  expect(retryHintMs(withDetail(value, "example.RetryInfo"))).toBeUndefined();
});
