// SPDX-License-Identifier: Apache-2.0

import { create, createFileRegistry, type DescMessage, toJson } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { surelyWritable } from "../../src/node/surely-writable.ts";
import { compileProto } from "../compile-proto.ts";

const registry = createFileRegistry(
  compileProto({
    "plain.proto": `
      syntax = "proto3";
      import "google/protobuf/struct.proto";
      import "google/protobuf/timestamp.proto";
      message Plain {
        string text = 1;
        repeated double numbers = 2;
        Plain child = 3;
        map<string, Plain> children = 4;
        google.protobuf.Timestamp time = 5;
        repeated Deeper deeper = 6;
        oneof pick { Deeper picked = 7; }
        map<string, Deeper> named = 8;
      }
      message Deeper { Deepest deepest = 1; }
      message Deepest { google.protobuf.Value value = 1; Deeper up = 2; }`,
    "required.proto": `syntax = "proto2"; message Required { required string text = 1; }`,
    "extended.proto": `syntax = "proto2"; message Extended { extensions 100 to 200; }`,
    "scalar.proto": `syntax = "proto3"; message Scalar { string text = 1; Scalar child = 2; }`,
  }),
);

function type(name: string): DescMessage {
  const found = registry.getMessage(name);
  if (found === undefined) {
    throw new Error(`${name} was not compiled`);
  }
  return found;
}

// biome-ignore format: a table reads better.
test.each<[string, object, boolean]>([
  ["Scalar",   {}, true],
  ["Scalar",   { text: "a", child: { text: "b", child: {} } }, true],
  ["Plain",    {}, true],
  ["Plain",    { text: "a", numbers: [Number.NaN, 1e308] }, true],
  ["Plain",    { child: { text: "a" } }, false],
  ["Plain",    { children: { a: {} } }, false],
  ["Plain",    { time: { seconds: 1n } }, false],
  ["Plain",    { deeper: [{}] }, false],
  ["Plain",    { named: { a: {} } }, false],
  ["Required", { text: "a" }, false],
  ["Extended", {}, false],
  ["google.protobuf.Timestamp", {}, false],
])("%s %o: %s", (name, init, expected) => {
  const message = create(type(name), init as Record<string, never>);
  expect(surelyWritable(type(name), message)).toBe(expected);
  if (expected) {
    expect(() => toJson(type(name), message)).not.toThrow();
  }
});

test("what is chosen of a oneof counts", () => {
  const message = create(type("Plain"), { pick: { case: "picked", value: {} } } as never);
  expect(surelyWritable(type("Plain"), message)).toBe(false);
});
