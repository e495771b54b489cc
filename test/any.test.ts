// SPDX-License-Identifier: Apache-2.0

import { create, createRegistry, equals } from "@bufbuild/protobuf";
import {
  AnySchema,
  DurationSchema,
  EmptySchema,
  StructSchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Operation, OperationSchema } from "../gen/google/longrunning/operations_pb.ts";
import { packAny, readAny } from "../src/index.ts";

const known = [OperationSchema, TimestampSchema, StructSchema, EmptySchema, AnySchema];
const registry = createRegistry(...known);
const minute = packAny(DurationSchema, { seconds: 60n });

const prefixes = fc.constantFrom("type.googleapis.com/", "example.com/a/b/", "/", "", "a//");
const typeUrls = fc.oneof(
  fc.string(),
  fc
    .tuple(prefixes, fc.constantFrom(...known, DurationSchema))
    .map(([prefix, { typeName }]) => `${prefix}${typeName}`),
);
const anys = fc
  .record({ typeUrl: typeUrls, value: fc.uint8Array({ maxLength: 64 }) })
  .map((init) => create(AnySchema, init));

describe("packAny", () => {
  test("names the type under type.googleapis.com", () => {
    expect(minute.typeUrl).toBe("type.googleapis.com/google.protobuf.Duration");
  });

  test("refuses what cannot be encoded", () => {
    expect(() => packAny(DurationSchema, { nanos: 0.5 })).toThrow("invalid int32");
  });
});

describe("readAny", () => {
  test("gives the message, whatever the prefix of the URL", () => {
    for (const prefix of ["type.googleapis.com/", "https://example.com/types/", "/", ""]) {
      const any = { ...minute, typeUrl: `${prefix}google.protobuf.Duration` };
      const message = create(DurationSchema, { seconds: 60n });
      expect(readAny(any, DurationSchema)).toEqual({ kind: "message", message });
    }
  });

  test("tells an unset field and an Any of nothing from all else", () => {
    expect(readAny(undefined, DurationSchema)).toEqual({ kind: "empty" });
    expect(readAny(create(AnySchema), DurationSchema)).toEqual({ kind: "empty" });
    expect(readAny(create(AnySchema), registry)).toEqual({ kind: "empty" });
  });

  test("tells another type than the expected one", () => {
    const expected = "google.protobuf.Timestamp";
    const { typeUrl } = minute;
    expect(readAny(minute, TimestampSchema)).toEqual({ kind: "mismatch", typeUrl, expected });
  });

  test("keeps the bytes of a type that the registry does not know", () => {
    const { typeUrl, value } = minute;
    expect(readAny(minute, registry)).toEqual({ kind: "unknown", typeUrl, value });
  });

  test("gives any message that the registry knows", () => {
    const any = packAny(TimestampSchema, { seconds: 1n });
    const message = create(TimestampSchema, { seconds: 1n });
    expect(readAny(any, registry)).toEqual({ kind: "message", message });
  });

  test("says why bytes do not parse", () => {
    const any = { ...minute, value: Uint8Array.of(0x08) };
    const { typeUrl } = minute;
    expect(readAny(any, DurationSchema)).toEqual({
      kind: "malformed",
      typeUrl,
      cause: expect.any(Error),
    });
  });

  test.each(["", "/", "type.googleapis.com/"])("takes %j for a URL that names nothing", (url) => {
    const any = create(AnySchema, { typeUrl: url, value: Uint8Array.of(1) });
    expect(readAny(any, registry)).toMatchObject({ kind: "malformed", typeUrl: url });
  });

  test("hands on an Any as it is where Any is what is expected", () => {
    expect(readAny(minute, AnySchema)).toEqual({ kind: "message", message: minute });
    expect(readAny(create(AnySchema), AnySchema)).toEqual({ kind: "empty" });
  });

  test("unpacks an Any in an Any", () => {
    expect(readAny(packAny(AnySchema, minute), AnySchema)).toEqual({
      kind: "message",
      message: minute,
    });
  });

  test("never throws, and never decodes under a name that the URL does not carry", () => {
    const decoded = { count: 0 };
    fc.assert(
      fc.property(anys, fc.constantFrom(registry, ...known), (any, types) => {
        const reading = types.kind === "message" ? readAny(any, types) : readAny(any, types);
        const name = any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
        if (reading.kind === "message" && reading.message !== any) {
          decoded.count++;
          expect(reading.message.$typeName).toBe(name);
        } else if (types.kind === "message" && types !== AnySchema && name === types.typeName) {
          expect(reading.kind).toBe("malformed");
        }
      }),
      { numRuns: 2_000 },
    );
    expect(decoded.count).toBeGreaterThan(10);
  });

  test("reads back what was packed", () => {
    const operations = fc
      .record({ name: fc.string(), done: fc.boolean(), metadata: anys })
      .map((init): Operation => create(OperationSchema, init));
    fc.assert(
      fc.property(operations, (operation) => {
        const reading = readAny(packAny(OperationSchema, operation), OperationSchema);
        expect(
          reading.kind === "message" && equals(OperationSchema, reading.message, operation),
        ).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (strings) => {
        const fields = Object.fromEntries(
          Object.entries(strings).map(([name, value]) => [
            name,
            { kind: { case: "stringValue" as const, value } },
          ]),
        );
        const struct = create(StructSchema, { fields });
        const reading = readAny(packAny(StructSchema, struct), registry);
        expect(reading).toEqual({ kind: "message", message: struct });
      }),
    );
  });
});
