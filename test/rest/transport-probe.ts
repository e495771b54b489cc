// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import type { HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import { compileProto } from "../compile-proto.ts";

const source = `
syntax = "proto3";
package probe.v1;
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

service Prober {
  rpc Probe(Probed) returns (Probed);
  rpc Watch(Probed) returns (stream Probed);
}
enum Kind { KIND_UNSPECIFIED = 0; PAPER = 1; EBOOK = 2; }
message Child { string label = 1; int32 depth = 2; Child child = 3; repeated int32 marks = 4; }
message Probed {
  string id = 1;
  bool flag = 2;
  int32 small = 3;
  int64 big = 4;
  uint32 usmall = 5;
  uint64 ubig = 6;
  float approx = 7;
  double ratio = 8;
  bytes raw = 9;
  Kind kind = 10;
  repeated string words = 11;
  repeated int64 numbers = 12;
  repeated Kind kinds = 13;
  Child child = 14;
  repeated Child children = 15;
  map<string, string> labels = 16;
  map<int32, Child> families = 17;
  google.protobuf.Timestamp at = 18;
  google.protobuf.Duration ttl = 19;
  google.protobuf.FieldMask mask = 20;
  google.protobuf.StringValue text_box = 21;
  google.protobuf.Int64Value int_box = 22;
  google.protobuf.BoolValue bool_box = 23;
  google.protobuf.BytesValue bytes_box = 24;
  google.protobuf.Struct extra = 25;
  oneof choice { string left = 26; bytes right = 27; Child deep = 28; }
  optional int32 maybe = 29;
  optional string perhaps = 30;
  string display_name = 31;
  string odd = 32 [json_name = "strange"];
}
`;

const files = createFileRegistry(compileProto({ "probe/v1/probe.proto": source }));
const Prober = files.getService("probe.v1.Prober");
const { probe, watch } = Prober?.method ?? {};

/** Calls that answer with what they are asked, and that a rule has to bind. */
export const methods = {
  probe: probe as DescMethodUnary,
  watch: watch as DescMethodServerStreaming,
};
export const Probed: DescMessage = methods.probe.input;

/** A way to bind the methods, and a message that can go that way. */
export interface Sample {
  readonly rule: MessageInitShape<typeof HttpRuleSchema>;
  readonly message: Message;
}

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const segment = fc
  .oneof(
    text,
    fc.constantFrom("a%2Fb", "%", "a:b", ":", "+", "a b", "ü", "*", "~", "{x}", "?", "#"),
  )
  .map((value) => value.replaceAll("/", "-"))
  .filter((value) => !/^\.{0,2}$/.test(value));

interface Variable {
  readonly path: readonly string[];
  readonly template: string;
  readonly value: fc.Arbitrary<unknown>;
}

const words = (pattern: (segments: string[]) => string, minLength = 1, maxLength = 3) =>
  fc.array(segment, { minLength, maxLength }).map(pattern);

// biome-ignore format: a table reads better.
const variables: readonly Variable[] = [
  { path: ["id"],             template: "{id}",                        value: segment },
  { path: ["id"],             template: "{id=things/*}",               value: words(([a]) => `things/${a}`) },
  { path: ["id"],             template: "{id=things/**}",              value: words((all) => `things/${all.join("/")}`) },
  { path: ["display_name"],   template: "{display_name=a/*/b/*}",      value: words(([a, b]) => `a/${a}/b/${b}`, 2) },
  { path: ["perhaps"],        template: "{perhaps}",                   value: segment },
  { path: ["small"],          template: "{small}",                     value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  { path: ["big"],            template: "{big}",                       value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
  { path: ["flag"],           template: "{flag}",                      value: fc.boolean() },
  { path: ["kind"],           template: "{kind}",                      value: fc.constantFrom(0, 1, 2) },
  { path: ["child", "label"], template: "{child.label}",               value: segment },
  { path: ["child", "child", "label"], template: "{child.child.label=x/*}", value: words(([a]) => `x/${a}`) },
];

/** No query can say these. */
const bodyOnly = ["children", "labels", "families", "extra"];

// biome-ignore format: how often each is drawn, nobody reads name by name.
const bodies = [
  "", "", "*", "*", "child", "words", "numbers", "kinds", "labels", "families", "children", "at", "extra", "raw", "id", "odd", "mask",
];

const shapes = fc.record({
  picked: fc.uniqueArray(fc.constantFrom(...variables), {
    selector: ({ path }) => path.join("."),
    maxLength: 3,
  }),
  body: fc.constantFrom(...bodies),
  verb: fc.constantFrom("", "", ":probe", ":a%20b"),
});

/** Random bindings with random messages that they can express. */
export const samples: fc.Arbitrary<Sample> = shapes.chain(({ picked, body, verb }) => {
  // A body that is the field of a variable has nothing left to say.
  const bound = picked.filter(({ path }) => path.join(".") !== body).sort(restLast);
  const path = `${["/v1/probes", ...bound.map(({ template }) => template)].join("/")}${verb}`;
  const case_ = body === "" ? ("get" as const) : ("post" as const);
  const rule = { pattern: { case: case_, value: path }, body };
  const values = fc.tuple(...bound.map(({ value }) => value));
  return fc.tuple(messageOf(Probed), values).map(([message, values]) => {
    const held = reflect(Probed, message);
    for (const name of body === "*" ? [] : bodyOnly) {
      const field = Probed.fields.find((field) => field.name === name);
      if (field !== undefined && name !== body) {
        held.clear(field);
      }
    }
    for (const [index, { path }] of bound.entries()) {
      set(held, path, values[index]);
    }
    return { rule, message: held.message };
  });
});

function restLast(a: Variable, b: Variable): number {
  return Number(a.template.includes("**")) - Number(b.template.includes("**"));
}

function set(holder: ReflectMessage, [name, ...rest]: readonly string[], value: unknown): void {
  const field = holder.desc.fields.find((field) => field.name === name);
  if (field?.fieldKind === "message" && rest.length > 0) {
    const inner = holder.get(field);
    set(inner, rest, value);
    holder.set(field, inner);
  } else if (field !== undefined) {
    holder.set(field, value);
  }
}

/** Any message of a type. */
function messageOf(type: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const fields = type.fields.filter(({ fieldKind }) => depth < 2 || fieldKind !== "message");
  const settings = fc.tuple(
    ...fields.map((field) => fc.option(anyValueOf(field, depth), { nil: undefined, freq: 2 })),
  );
  return settings.map((values) => {
    const message = reflect(type);
    for (const [index, value] of values.entries()) {
      const field = fields[index];
      if (field !== undefined && value !== undefined) {
        fill(message, field, value);
      }
    }
    // In a query, a message that is set and empty cannot be told from one that is not.
    if (type.typeName === "probe.v1.Child" && type.fields.every((field) => !message.isSet(field))) {
      set(message, ["label"], "x");
    }
    return message.message;
  });
}

function fill(message: ReflectMessage, field: DescField, value: unknown): void {
  switch (field.fieldKind) {
    case "list":
      for (const item of value as unknown[]) {
        message.get(field).add(reflected(field.message, item));
      }
      break;
    case "map":
      for (const [key, item] of value as [string | number, unknown][]) {
        message.get(field).set(key, reflected(field.message, item));
      }
      break;
    default:
      message.set(field, reflected(field.message, value));
  }
}

function reflected(type: DescMessage | undefined, value: unknown): unknown {
  return type === undefined ? value : reflect(type, value as Message);
}

function anyValueOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return scalarOf(field.scalar);
    case "enum":
      return fc.constantFrom(0, 1, 2);
    case "message":
      return singleOf(field.message, depth);
    case "list":
      return fc.array(
        field.listKind === "scalar"
          ? scalarOf(field.scalar)
          : field.listKind === "enum"
            ? fc.constantFrom(0, 1, 2)
            : singleOf(field.message, depth),
        { minLength: 1, maxLength: 3 },
      );
    case "map":
      return fc.uniqueArray(
        fc.tuple(
          scalarOf(field.mapKey),
          field.mapKind === "message" ? singleOf(field.message, depth) : text,
        ),
        { selector: ([key]) => key, minLength: 1, maxLength: 3 },
      );
  }
}

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, -1, 2 ** 31 - 1),
);

function scalarOf(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return fc.oneof(text, fc.constantFrom("a&b=c", "100%", "+", "null", "\u0000", '"'));
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 8 });
    case ScalarType.INT64:
      return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
    case ScalarType.UINT64:
      return fc.bigInt(0n, 2n ** 64n - 1n);
    case ScalarType.UINT32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.FLOAT:
      return fc.float().map(unsigned);
    case ScalarType.DOUBLE:
      return fc.double().map(unsigned);
    default:
      return int32;
  }
}

// JSON.stringify writes -0 as 0.
function unsigned(value: number): number {
  return value === 0 ? 0 : value;
}

function singleOf(type: DescMessage, depth: number): fc.Arbitrary<Message> {
  const wellKnown = wellKnownTypes[type.typeName];
  return wellKnown === undefined
    ? messageOf(type, depth + 1)
    : wellKnown.map((init) => create(type, init as MessageInitShape<DescMessage>));
}

const nanos = fc.integer({ min: 0, max: 999_999_999 });
const maxDuration = 315_576_000_000n;

// biome-ignore format: a table reads better.
const wellKnownTypes: Readonly<Record<string, fc.Arbitrary<object>>> = {
  "google.protobuf.Timestamp": fc.record({ seconds: fc.bigInt(-62_135_596_800n, 253_402_300_799n), nanos }),
  "google.protobuf.Duration": fc.tuple(fc.bigInt(-maxDuration + 1n, maxDuration - 1n), nanos).map(
    ([seconds, nanos]) => ({ seconds, nanos: seconds < 0n ? -nanos : nanos })),
  "google.protobuf.FieldMask": fc.record({
    paths: fc.array(fc.constantFrom("id", "display_name", "child.label", "a1.b_c"), { minLength: 1, maxLength: 3 }),
  }),
  "google.protobuf.Struct": fc.record({
    fields: fc.dictionary(text, fc.string({ maxLength: 5 }).map(
      (stringValue) => create(ValueSchema, { kind: { case: "stringValue", value: stringValue } }))),
  }),
  "google.protobuf.StringValue": fc.record({ value: text }),
  "google.protobuf.Int64Value": fc.record({ value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  "google.protobuf.BoolValue": fc.record({ value: fc.boolean() }),
  "google.protobuf.BytesValue": fc.record({ value: fc.uint8Array({ maxLength: 8 }) }),
};
