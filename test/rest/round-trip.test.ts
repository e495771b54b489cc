// SPDX-License-Identifier: Apache-2.0

import {
  clone,
  create,
  type DescField,
  type DescMessage,
  equals,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Binding } from "../../src/rest/binding.ts";
import { decodeRequest, type EncodedRequest, encodeRequest } from "../../src/rest/request.ts";
import { decodeResponse, encodeResponse } from "../../src/rest/response.ts";
import { createRouter } from "../../src/rest/router.ts";
import { binding, bindings, libraryType, registry } from "./library.ts";

const encoder = new TextEncoder();

/** Reads a request back by the URL that was made of it. */
function receive(
  bound: Binding,
  { httpMethod, target, contentType, body }: EncodedRequest,
): Message {
  const router = createRouter<Binding>();
  router.add({ ...bound, value: bound });
  const { pathname, search } = new URL(`http://h${target}`);
  expect(pathname + search).toBe(target);
  const match = router.match(httpMethod, pathname);
  if (match.kind !== "found") {
    throw new Error(`${target}: ${match.kind}`);
  }
  return decodeRequest(
    bound,
    {
      variables: match.variables,
      query: search.slice(1),
      contentType: contentType ?? null,
      body: typeof body === "string" ? encoder.encode(body) : (body ?? new Uint8Array()),
    },
    { registry },
  );
}

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "null", "%2F", "a/b", "a+b", "\u0000", "__proto__", "a,b", "..", "ü"),
);
// A 0 with a sign is one without in JSON, which writes it so.
const double = fc.oneof(fc.double(), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY));
const maskPath = fc.constantFrom("display_name", "child.label", "id", "a_1");

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array();
    case ScalarType.DOUBLE:
      return double;
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.INT64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case ScalarType.UINT32:
      return fc.nat(2 ** 32 - 1);
    default:
      return fc.integer();
  }
}

/** Values for `ReflectMessage.set`, or for the elements of a list. */
function value(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message !== undefined) {
    const type = field.message;
    return message(type, depth - 1).map((held) => reflect(type, held));
  }
  return field.enum === undefined && field.scalar !== undefined
    ? scalar(field.scalar)
    : fc.constantFrom(0, 1, 2, 9);
}

/** Any message that JSON can express. */
function message(type: DescMessage, depth: number): fc.Arbitrary<Message> {
  switch (type.typeName) {
    case "google.protobuf.Timestamp":
      return fc
        .record({
          seconds: fc.integer({ min: -62135596800, max: 253402300799 }),
          nanos: fc.nat(999_999_999),
        })
        .map(({ seconds, nanos }) => create(type, { seconds: BigInt(seconds), nanos }));
    case "google.protobuf.Duration":
      return fc
        .record({
          seconds: fc.nat(315_576_000_000),
          nanos: fc.nat(999_999_999),
          sign: fc.constantFrom(1, -1),
        })
        .map(({ seconds, nanos, sign }) =>
          create(type, { seconds: BigInt(sign * seconds), nanos: sign * nanos || 0 }),
        );
    case "google.protobuf.FieldMask":
      return fc.array(maskPath).map((paths) => create(type, { paths }));
    case "google.api.HttpBody":
      return fc
        .record({ contentType: text, data: fc.uint8Array() })
        .map((raw) => create(type, raw));
    case "google.protobuf.Struct":
      return fc
        .dictionary(
          text.filter((key) => key !== "__proto__"),
          fc.jsonValue({ maxDepth: 2 }),
        )
        .map((json) => fromJson(type, JSON.parse(JSON.stringify(json)) as JsonValue));
  }
  const fields =
    depth > 0 ? type.fields : type.fields.filter((field) => field.message === undefined);
  return fc.subarray(fields).chain((chosen) =>
    fc.tuple(...chosen.map((field) => content(field, depth))).map((contents) => {
      const held = reflect(type);
      for (const fill of contents) {
        fill(held);
      }
      return held.message;
    }),
  );
}

type Fill = (held: ReturnType<typeof reflect>) => void;

function content(field: DescField, depth: number): fc.Arbitrary<Fill> {
  const one = value(field, depth);
  switch (field.fieldKind) {
    case "list":
      return fc.array(one, { maxLength: 3 }).map(
        (items): Fill =>
          (held) => {
            for (const item of items) {
              held.get(field).add(item as never);
            }
          },
      );
    case "map":
      return fc
        .dictionary(
          text.filter((key) => key !== "__proto__"),
          one,
          { maxKeys: 3 },
        )
        .map(
          (entries): Fill =>
            (held) => {
              for (const [key, item] of Object.entries(entries)) {
                held.get(field).set(key, item as never);
              }
            },
        );
    default:
      return one.map(
        (item): Fill =>
          (held) =>
            held.set(field, item),
      );
  }
}

const cases: [string, Binding, DescMessage][] = bindings("Probe").map((bound, index) => [
  `${bound.httpMethod} ${index}`,
  bound,
  bound.method.input,
]);
for (const name of ["UpdateBook", "CreateShelf", "TagBook", "Upload", "ReadFile", "StatFile"]) {
  cases.push([name, binding(name), binding(name).method.input]);
}

describe("a random request", () => {
  test.each(cases)("of %s is the same on the other side, or is refused", (name, bound, type) => {
    let sent = 0;
    fc.assert(
      fc.property(message(type, 2), (original) => {
        const before = clone(type, original);
        let encoded: EncodedRequest;
        try {
          encoded = encodeRequest([bound], original, { registry });
        } catch (cause) {
          expect((cause as Error).message).toMatch(/the request cannot be written: /);
          return;
        }
        sent++;
        expect(plain(original)).toEqual(plain(before));
        const received = receive(bound, encoded);
        if (bound.body.kind === "whole") {
          expect(plain(received)).toEqual(plain(original));
        } else {
          // A query cannot say of a message that it is set, and empty; a body of bytes neither.
          expect(plain(withoutEmpty(type, received))).toEqual(plain(withoutEmpty(type, original)));
        }
      }),
      { numRuns: 400 },
    );
    // Where paths have patterns, few random messages fit.
    expect({ name, sent: sent > 0 || /Book|Shelf/.test(name) }).toEqual({ name, sent: true });
  });

  test("that fits the path is the same on the other side", () => {
    const type = libraryType("UpdateBookRequest");
    const name = fc
      .tuple(text, text)
      .map(([a, b]) => `shelves/x${a.replaceAll("/", "")}/books/x${b.replaceAll("/", "")}`);
    fc.assert(
      fc.property(message(type, 2), name, (original, bookName) => {
        const [book, inner] = [type.fields[0], libraryType("Book").fields[0]];
        if (book?.fieldKind !== "message" || inner === undefined) {
          throw new Error("not the library");
        }
        const held = reflect(type, original);
        const holder = held.isSet(book) ? held.get(book) : reflect(book.message);
        holder.set(inner, bookName);
        held.set(book, holder);
        const encoded = encodeRequest(bindings("UpdateBook"), original, { registry });
        expect(plain(receive(encoded.binding, encoded))).toEqual(plain(original));
      }),
      { numRuns: 400 },
    );
  });
});

test("a random response is the same on the other side", () => {
  const probe = binding("Probe");
  const type = probe.method.output;
  fc.assert(
    fc.property(message(type, 2), fc.boolean(), (original, enumAsInteger) => {
      const format = { enumAsInteger, prettyPrint: enumAsInteger };
      let encoded: ReturnType<typeof encodeResponse>;
      try {
        encoded = encodeResponse(probe, original, { registry, format });
      } catch (cause) {
        expect((cause as Error).message).toMatch(/cannot be written in JSON/);
        return;
      }
      const read = decodeResponse(probe, encoded, { registry });
      expect(plain(read)).toEqual(plain(original));
    }),
    { numRuns: 400 },
  );
});

/** A message without the messages in it that are set, and hold nothing. */
function withoutEmpty(type: DescMessage, original: Message): Message {
  const held = reflect(type, clone(type, original));
  for (const field of type.fields) {
    if (field.fieldKind === "message" && held.isSet(field) && !isWellKnown(field.message)) {
      const inner = withoutEmpty(field.message, held.get(field).message);
      if (field.oneof === undefined && equals(field.message, inner, create(field.message))) {
        held.clear(field);
      } else {
        held.set(field, reflect(field.message, inner));
      }
    }
  }
  return held.message;
}

function isWellKnown({ typeName }: DescMessage): boolean {
  return typeName.startsWith("google.protobuf.");
}

/** A message for comparison, in which no 0 has a sign: JSON gives it none. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) {
    return value === 0 ? 0 : value;
  }
  return Array.isArray(value)
    ? value.map(plain)
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
