// SPDX-License-Identifier: Apache-2.0

import { create, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createOperationRegistry } from "../../src/operation-registry.ts";
import { decodeError, encodeError, withHttpStatus } from "../../src/rest/error.ts";
import { codeOfHttp, codeOfName, statusOf } from "../../src/rest/status.ts";
import { libraryType } from "./library.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const registry = createOperationRegistry();
const codes = Object.values(Code).filter((code): code is Code => typeof code === "number");

function write(error: ConnectError) {
  const { body, ...rest } = encodeError(error, { registry });
  return { ...rest, json: JSON.parse(decoder.decode(body)) };
}

function read(json: JsonValue, status = 400): ConnectError {
  const body = encoder.encode(JSON.stringify(json));
  return decodeError({ status, contentType: "application/json", body }, { registry });
}

describe("an error", () => {
  test("of each code is written and read", () => {
    expect(codes).toHaveLength(16);
    for (const code of codes) {
      const { status, contentType, json } = write(new ConnectError("m", code));
      expect({ status, contentType }).toEqual({
        status: statusOf(code).http,
        contentType: "application/json",
      });
      expect(json).toEqual({
        error: { code: status, message: "m", status: statusOf(code).name },
      });
      expect(codeOfName(statusOf(code).name)).toBe(code);
      expect(read(json, status)).toMatchObject({ code, rawMessage: "m", details: [] });
    }
  });

  test("of a code that there is not is UNKNOWN", () => {
    expect(write(new ConnectError("m", 99 as Code)).json.error).toEqual({
      code: 500,
      message: "m",
      status: "UNKNOWN",
    });
  });

  test("may have an HTTP status that no code has", () => {
    const error = withHttpStatus(new ConnectError("m", Code.Unimplemented), 405);
    expect(write(error)).toMatchObject({
      status: 405,
      json: { error: { code: 405, status: "UNIMPLEMENTED" } },
    });
    expect(read(write(error).json, 405).code).toBe(Code.Unimplemented);
  });

  test("keeps its details, made here or come from elsewhere", () => {
    const info = create(ErrorInfoSchema, { reason: "R", domain: "d", metadata: { k: "v" } });
    const error = new ConnectError("m", Code.NotFound, undefined, [
      { desc: ErrorInfoSchema, value: info },
    ]);
    const retry = create(RetryInfoSchema, { retryDelay: { seconds: 1n } });
    error.details.push({
      type: RetryInfoSchema.typeName,
      value: toBinary(RetryInfoSchema, retry),
    });
    const { json, status } = write(error);
    expect(json.error.details).toEqual([
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "R",
        domain: "d",
        metadata: { k: "v" },
      },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1s" },
    ]);
    const back = read(json, status);
    expect(back.findDetails(ErrorInfoSchema)).toEqual([info]);
    expect(back.findDetails(RetryInfoSchema)).toEqual([retry]);
  });

  test("keeps a detail whose type only its maker knows, and loses one that nobody does", () => {
    const omitted: string[] = [];
    const error = new ConnectError("m", Code.NotFound, undefined, [
      { desc: libraryType("Shelf"), value: { name: "s" } as never },
    ]);
    error.details.push({ type: "acme.v1.Stranger", value: Uint8Array.of(8, 1) });
    const { body } = encodeError(error, {
      registry,
      onOmit: ({ typeUrl }) => omitted.push(typeUrl),
    });
    expect(JSON.parse(decoder.decode(body)).error.details).toEqual([
      { "@type": "type.googleapis.com/acme.v1.Shelf", name: "s" },
    ]);
    expect(omitted).toEqual(["type.googleapis.com/acme.v1.Stranger"]);
  });

  test("that is read keeps the name and the JSON of a detail that nobody knows", () => {
    const json = { "@type": "type.googleapis.com/acme.v1.Stranger", label: "x" };
    const malformed = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: 5 };
    const { details } = read({
      error: {
        code: 404,
        message: "m",
        status: "NOT_FOUND",
        details: [json, malformed, 5, null, {}],
      },
    });
    expect(details).toEqual([
      { type: "acme.v1.Stranger", value: new Uint8Array(), debug: json },
      { type: "google.rpc.ErrorInfo", value: new Uint8Array(), debug: malformed },
    ]);
  });
});

describe("an answer that fails", () => {
  test.each<[JsonValue, number, Code, string]>([
    [{ error: { code: 404, message: "m" } }, 404, Code.NotFound, "m"],
    [{ error: { code: 404, message: "m", status: "UNHEARD" } }, 500, Code.NotFound, "m"],
    [{ error: { status: "ABORTED" } }, 409, Code.Aborted, "HTTP 409"],
    // In an array, as Google answers where a stream was asked for.
    [
      [{ error: { code: 403, message: "m", status: "PERMISSION_DENIED" } }],
      403,
      Code.PermissionDenied,
      "m",
    ],
    // grpc-gateway's form.
    [{ code: 5, message: "m", details: [] }, 404, Code.NotFound, "m"],
    [{ code: 0, message: "m" }, 500, Code.Internal, "m"],
    // OAuth's form.
    [{ error: "invalid_grant", error_description: "m" }, 401, Code.Unauthenticated, "m"],
    [{ error: "invalid_grant" }, 400, Code.InvalidArgument, "invalid_grant"],
    [{ error: { message: 5, details: "x" } }, 429, Code.ResourceExhausted, "HTTP 429"],
    [{}, 502, Code.Unavailable, "HTTP 502"],
    [null, 503, Code.Unavailable, "HTTP 503"],
    ["text", 504, Code.DeadlineExceeded, "HTTP 504"],
    [[], 418, Code.FailedPrecondition, "HTTP 418"],
    [{ __proto__: { error: {} } }, 599, Code.Internal, "HTTP 599"],
  ])("with %j", (json, status, code, rawMessage) => {
    expect(read(json, status)).toMatchObject({ code, rawMessage });
  });

  test.each([
    ["text/html", "<h1>Bad Gateway</h1>", "HTTP 502"],
    ["text/plain; charset=utf-8", " upstream gone\n", "upstream gone"],
    ["text/plain", "x".repeat(10_000), "x".repeat(500)],
    [null, "", "HTTP 502"],
    ["application/json", "{", "HTTP 502"],
    ["application/json", "\u0000\ufffd", "HTTP 502"],
  ])("as %s", (contentType, text, rawMessage) => {
    const headers = new Headers({ "retry-after": "5" });
    const error = decodeError(
      { status: 502, contentType, body: encoder.encode(text), headers },
      { registry },
    );
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage });
    expect(error.metadata.get("retry-after")).toBe("5");
  });

  test("means something whatever its status is", () => {
    for (let status = 0; status < 1000; status++) {
      expect(codes).toContain(codeOfHttp(status));
    }
    expect(codeOfHttp(302)).toBe(Code.Unknown);
  });
});
