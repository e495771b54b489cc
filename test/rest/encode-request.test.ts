// SPDX-License-Identifier: Apache-2.0

import { create, equals, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { decodeRequest, encodeRequest } from "../../src/rest/request.ts";
import { binding, bindings, libraryType, registry } from "./library.ts";

const probe = libraryType("ProbeRequest");

function problemOf(run: () => unknown): ConnectError {
  try {
    run();
  } catch (cause) {
    expect(cause).toBeInstanceOf(ConnectError);
    return cause as ConnectError;
  }
  throw new Error("nothing was thrown");
}

describe("a request is written", () => {
  const write = (method: string, value: JsonValue) => {
    const bound = bindings(method);
    const [first] = bound;
    const message = fromJson(libraryType(first?.method.input.name ?? ""), value, { registry });
    const { httpMethod, target, contentType, body } = encodeRequest(bound, message, { registry });
    return [
      `${httpMethod} ${target}`,
      ...(contentType === undefined ? [] : [contentType]),
      ...(body === undefined ? [] : [typeof body === "string" ? JSON.parse(body) : body]),
    ];
  };

  test.each<[string, JsonValue, unknown[]]>([
    ["GetShelf", { name: "shelves/a b" }, ["GET /v1/shelves/a%20b"]],
    ["GetBook", { name: "shelves/1/books/2" }, ["GET /v1/shelves/1/books/2"]],
    // The first binding does not fit, the second one does.
    [
      "GetBook",
      { isbn: "9/8", readMask: "title,isbn" },
      ["GET /v1/books/9%2F8?readMask=title%2Cisbn"],
    ],
    ["ListShelves", {}, ["GET /v1/shelves"]],
    [
      "ListShelves",
      { pageSize: 5, filter: 'a = "b" & c' },
      ["GET /v1/shelves?pageSize=5&filter=a%20%3D%20%22b%22%20%26%20c"],
    ],
  ])("%s %j", (method, value, expected) => {
    expect(write(method, value)).toEqual(expected);
  });

  test("with the rest in the query, by the names of JSON", () => {
    const value = {
      strange: "x",
      child: { depth: 1, marks: [1, 2] },
      words: ["", "a&b"],
      maybe: 0,
      textBox: "",
      at: "2024-02-29T12:00:00.500Z",
      kind: "PAPER",
      raw: "/+8=",
    };
    expect(write("Probe", value)).toEqual([
      "GET /v1/probe?raw=%2F%2B8%3D&kind=PAPER&words=&words=a%26b&child.depth=1&child.marks=1" +
        "&child.marks=2&at=2024-02-29T12%3A00%3A00.500Z&textBox=&maybe=0&strange=x",
    ]);
  });

  test("with what the body holds there, and nothing twice", () => {
    expect(
      write("UpdateBook", {
        book: { name: "shelves/1/books/2", title: "t" },
        updateMask: "title",
      }),
    ).toEqual(["PATCH /v1/shelves/1/books/2?updateMask=title", "application/json", { title: "t" }]);
    expect(write("MergeShelves", { name: "shelves/a", otherShelf: "b" })).toEqual([
      "POST /v1/shelves/a:merge",
      "application/json",
      { otherShelf: "b" },
    ]);
    expect(write("TagBook", { name: "shelves/1/books/2", tags: ["a"] })).toEqual([
      "PUT /v1/shelves/1/books/2/tags",
      "application/json",
      ["a"],
    ]);
    expect(write("CreateShelf", { shelfId: "s" })).toEqual(["POST /v1/shelves?shelfId=s"]);
    expect(
      write("Upload", { id: "b", content: { contentType: "image/png", data: "AP+A" } }),
    ).toEqual(["POST /v1/blobs/b", "image/png", Uint8Array.of(0, 255, 128)]);
  });

  test.each<[string, JsonValue, string]>([
    ["GetShelf", {}, "GET /v1/{name=shelves/*}: name does not match shelves/*"],
    [
      "GetBook",
      { name: "x" },
      "GET /v1/{name=shelves/*/books/*}: name does not match shelves/*/books/*; GET /v1/books/{isbn}: isbn is empty",
    ],
    ["UpdateBook", {}, "PATCH /v1/{book.name=shelves/*/books/*}: book.name is not set"],
    [
      "GetShelf",
      { name: "shelves/.." },
      'GET /v1/{name=shelves/*}: a segment of the path would be "." or ".."',
    ],
  ])("%s %j is refused", (method, value, problem) => {
    const error = problemOf(() => write(method, value));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe(`the request cannot be written: ${problem}`);
  });

  test("by another binding where a query cannot say it, or not at all", () => {
    const value = { labels: { a: "b" } };
    const message = fromJson(probe, value);
    const only = (index: number) => encodeRequest([binding("Probe", index)], message);
    expect(encodeRequest(bindings("Probe"), message)).toMatchObject({
      httpMethod: "POST",
      body: '{"labels":{"a":"b"}}',
    });
    expect(problemOf(() => only(0)).rawMessage).toMatch("labels cannot stand in a query");
    for (const other of [{ children: [{}] }, { extra: {} }, { deep: {} }]) {
      const refused = () => encodeRequest([binding("Probe")], fromJson(probe, other));
      expect(problemOf(refused).code).toBe(Code.InvalidArgument);
    }
  });

  test("without a message that is set and empty", () => {
    const message = fromJson(probe, { child: {} });
    expect(encodeRequest([binding("Probe")], message).target).toBe("/v1/probe");
  });

  test("with -0 as itself, in a query", () => {
    const message = create(probe);
    const ratio = probe.fields.find(({ name }) => name === "ratio");
    expect(ratio).toBeDefined();
    if (ratio !== undefined) {
      reflect(probe, message).set(ratio, -0);
    }
    const { target } = encodeRequest([binding("Probe")], message);
    expect(target).toBe("/v1/probe?ratio=-0");
    const request = { variables: [], query: "ratio=-0", contentType: null, body: new Uint8Array() };
    expect(equals(probe, decodeRequest(binding("Probe"), request), message)).toBe(true);
  });

  test("and left as it was", () => {
    const type = libraryType("UpdateBookRequest");
    const value = { book: { name: "shelves/1/books/2", title: "t", tags: ["x"] } };
    const message = fromJson(type, value);
    encodeRequest(bindings("UpdateBook"), message, { registry });
    expect(toJson(type, message)).toEqual(value);
  });
});
