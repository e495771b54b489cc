// SPDX-License-Identifier: Apache-2.0

import type { Codec } from "./protocols.ts";
import type { Random } from "./random.ts";

export const echoStruct = "echo.v1.EchoService/EchoStruct";
const echoAny = "echo.v1.EchoService/EchoAny";
export const getOperation = "google.longrunning.Operations/GetOperation";
const listOperations = "google.longrunning.Operations/ListOperations";
const waitOperation = "google.longrunning.Operations/WaitOperation";

/** What a method is sent for a message. */
export interface Malformed {
  readonly method: string;
  readonly message: Buffer;
}

/** A kind of message that is wrong, or at least unkind; where it may be valid, an answer may be too. */
export interface MessageKind {
  readonly name: string;
  readonly codecs: readonly Codec[];
  readonly mayBeValid?: boolean;
  make(random: Random, codec: Codec): Malformed;
}

const methods = [echoStruct, echoAny, getOperation, listOperations, waitOperation];
const any = (random: Random, message: Buffer): Malformed => ({
  method: random.pick(methods),
  message,
});
const json = (method: string, text: string): Malformed => ({ method, message: Buffer.from(text) });
const proto = (method: string, ...parts: readonly (Buffer | string)[]): Malformed => ({
  method,
  message: Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  ),
});

const valid: Readonly<Record<Codec, readonly Malformed[]>> = {
  json: [
    json(echoStruct, `{"a":[1,"x",{"b":null}],"c":true,"d":-1.5e3}`),
    json(echoAny, `{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}`),
    json(waitOperation, `{"name":"operations/none","timeout":"0.01s"}`),
    json(listOperations, `{"name":"operations","pageSize":7,"filter":"done=true"}`),
  ],
  proto: [
    proto(echoStruct, "\x0a\x0c\x0a\x01a\x12\x07\x1a\x05hello"),
    proto(echoAny, "\x0a\x2ctype.googleapis.com/google.protobuf.Duration\x12\x02\x08\x01"),
    proto(waitOperation, "\x0a\x0foperations/none", "\x12\x02\x10\x01"),
    proto(listOperations, "\x22\x0aoperations\x10\x07\x0a\x09done=true"),
  ],
};

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** A message within itself: each level is `head`, the length of the rest, and the rest. */
function nested(depth: number, heads: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    for (const head of heads) {
      const part = Buffer.concat([Buffer.from([head]), varint(length)]);
      parts.push(part);
      length += part.length;
    }
  }
  return Buffer.concat(parts.reverse());
}

// `fields` with an entry, its value, which is a struct: the fields of Struct, its map, and Value.
const deepStructs = [100, 1_000, 3_000].map((depth) => nested(depth, [0x2a, 0x12, 0x0a]));
const deepLists = [100, 1_000, 3_000].map((depth) => nested(depth, [0x0a, 0x32]));

const anyOfAny = "\x0a\x27type.googleapis.com/google.protobuf.Any\x12";
function anysInAnys(depth: number): Buffer {
  let inner = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    inner = Buffer.concat([Buffer.from(anyOfAny, "latin1"), varint(inner.length), inner]);
  }
  return inner;
}
const deepAnys = [10, 100, 250].map(anysInAnys);

const typeUrl = `"@type":"type.googleapis.com/google.protobuf`;
const repeat = (text: string, times: number) => text.repeat(times);

// biome-ignore format: a table reads better.
export const messageKinds: readonly MessageKind[] = [
  { name: "random bytes", codecs: ["json", "proto"], mayBeValid: true,
    make: (random) => any(random, random.bytes(random.below(600))) },
  { name: "truncated", codecs: ["json", "proto"], mayBeValid: true,
    make(random, codec) {
      const { method, message } = random.pick(valid[codec]);
      return { method, message: message.subarray(0, 1 + random.below(message.length - 1)) };
    } },
  { name: "with bytes changed", codecs: ["json", "proto"], mayBeValid: true,
    make(random, codec) {
      const { method, message } = random.pick(valid[codec]);
      const changed = Buffer.from(message);
      for (let times = 1 + random.below(4); times > 0; times--) {
        changed[random.below(changed.length)] = random.below(256);
      }
      return { method, message: changed };
    } },
  { name: "for another method", codecs: ["json", "proto"], mayBeValid: true,
    make: (random, codec) => any(random, random.pick(valid[codec]).message) },
  { name: "invalid UTF-8", codecs: ["json", "proto"], mayBeValid: true,
    make: (random, codec) => codec === "json"
      ? proto(getOperation, `{"name":"`, Buffer.from([0xc0, 0x80, 0xff, 0xed, 0xa0, 0x80]), `"}`)
      : proto(getOperation, "\x0a\x04", Buffer.from([random.pick([0xff, 0xc0, 0xf8]), 0x80, 0xed, 0xa0])) },

  { name: "deep objects", codecs: ["json"], mayBeValid: true,
    make: (random) => {
      const depth = 100 + random.below(3_000);
      return json(echoStruct, `${repeat(`{"a":`, depth)}1${repeat("}", depth)}`);
    } },
  { name: "deep arrays", codecs: ["json"], mayBeValid: true,
    make: (random) => {
      const depth = 100 + random.below(6_000);
      return json(echoStruct, `{"a":${repeat("[", depth)}${repeat("]", depth)}}`);
    } },
  { name: "deep arrays that never end", codecs: ["json"],
    make: (random) => json(random.pick(methods), repeat("[", 1 + random.below(20_000))) },
  { name: "deep arrays for a string", codecs: ["json"],
    make: (random) => {
      const depth = 1 + random.below(3_000);
      return json(getOperation, `{"name":${repeat("[", depth)}${repeat("]", depth)}}`);
    } },
  { name: "an Any in an Any, and so on", codecs: ["json"], mayBeValid: true,
    make: (random) => {
      const depth = 1 + random.below(1_500);
      return json(echoAny, `${repeat(`{${typeUrl}.Any","value":`, depth)}{}${repeat("}", depth)}`);
    } },
  { name: "an Any of no type", codecs: ["json"], mayBeValid: true,
    make: (random) => json(echoAny, random.pick([
      `{"@type":""}`, `{"@type":"/"}`, `{"@type":7}`, `{"@type":"x/nobody.v1.Knows"}`,
      `{"@type":"${repeat("x/", 5_000)}"}`, `{"@type":"x/constructor"}`, `{"@type":"x/__proto__"}`,
      `{${typeUrl}.Duration","value":"${repeat("9", 2_000)}s"}`,
      `{${typeUrl}.FieldMask","value":"${repeat("a_b,", 500)}"}`,
      `{${typeUrl}.Timestamp","value":"0000-00-00T99:99:99Z"}`,
    ])) },
  { name: "names of what every object has", codecs: ["json"], mayBeValid: true,
    make: (random) => json(random.pick(methods),
      `{"__proto__":{"name":"x"},"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":2}`) },
  { name: "a long string for a number", codecs: ["json"],
    make: (random) => json(listOperations, `{"pageSize":"${repeat("x", random.below(10_000))}"}`) },
  { name: "a long string for a duration", codecs: ["json"],
    make: (random) => json(waitOperation, `{"timeout":"\u2028${repeat("\u00e9", random.below(10_000))}"}`) },
  { name: "numbers beyond all", codecs: ["json"], mayBeValid: true,
    make: (random) => json(random.pick([listOperations, echoStruct]), random.pick([
      `{"pageSize":1e999}`, `{"pageSize":${repeat("9", 20_000)}}`, `{"pageSize":-0.5}`, `{"a":1e999}`,
      `{"a":${repeat("1", 20_000)}}`, `{"pageSize":NaN}`, `{"pageSize":"0x10"}`,
    ])) },
  { name: "a field many times, and many fields", codecs: ["json"], mayBeValid: true,
    make: (random) => {
      const fields = Array.from({ length: 1 + random.below(2_000) }, (_, i) => `"f${i % 700}":${i}`);
      return json(random.pick([echoStruct, getOperation]), `{${fields.join()}}`);
    } },
  { name: "surrogates, nulls and marks", codecs: ["json"], mayBeValid: true,
    make: (random) => json(random.pick([getOperation, echoStruct]), random.pick([
      `{"name":"\\ud800"}`, `{"name":"\\u0000"}`, `\ufeff{"name":"x"}`, `{"name":"\u0000"}`, `{"a":"\\udfff"}`,
      `\u0000`, `null`, `0`, `"x"`, `[]`, `true`, `{"name":null}`, ``, ` `, `{}{}`, `{"name":"x",}`,
    ])) },

  { name: "deep messages", codecs: ["proto"], mayBeValid: true,
    make: (random) => proto(echoStruct, random.pick([...deepStructs, ...deepLists])) },
  { name: "an Any in an Any, and so on", codecs: ["proto"], mayBeValid: true,
    make: (random) => proto(echoAny, random.pick(deepAnys)) },
  { name: "deep groups", codecs: ["proto"],
    make: (random) => proto(random.pick(methods), Buffer.alloc(1 + random.below(11_000), 0x4b)) },
  { name: "groups that end without a beginning", codecs: ["proto"],
    make: (random) => proto(random.pick(methods), Buffer.alloc(1 + random.below(500), 0x4c)) },
  { name: "huge varints", codecs: ["proto"],
    make: (random) => proto(random.pick(methods), random.pick([
      Buffer.alloc(1 + random.below(4_000), 0xff), Buffer.alloc(1 + random.below(4_000), 0x80),
      Buffer.concat([Buffer.from([0x10]), Buffer.alloc(11 + random.below(3_000), 0xff)]),
    ])) },
  { name: "lengths beyond the end", codecs: ["proto"],
    make: (random) => proto(random.pick(methods), random.pick([
      "\x0a\xff\xff\xff\xff\x07", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x0a\x80\x80\x80\x80\x08",
      "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x0a\x05abc",
    ])) },
  { name: "field 0, and wire types that are none", codecs: ["proto"],
    make: (random) => proto(random.pick(methods), random.pick(["\0\0", "\x02\0", "\x06", "\x07", "\x0e\x01", "\x0f"])) },
  { name: "fields of another type", codecs: ["proto"], mayBeValid: true,
    make: (random) => proto(random.pick(methods), random.pick([
      "\x08\x01", "\x0d\x01\x02\x03\x04", "\x09\x01\x02\x03\x04\x05\x06\x07\x08", "\x12\x01\xff", "\x15abcd",
    ])) },
  { name: "many unknown fields", codecs: ["proto"], mayBeValid: true,
    make: (random) => proto(random.pick([getOperation, echoStruct]), repeat("\xf8\x07\x01", 1 + random.below(3_500))) },
];
