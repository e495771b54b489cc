// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completeMetadata,
  type MetadataSource,
} from "../../src/server/api/conventional-metadata.ts";
import { compileProto } from "../compile-proto.ts";

const types = createFileRegistry(
  compileProto({
    "m/v1/m.proto": `
      syntax = "proto3";
      package m.v1;
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/duration.proto";
      message Full {
        string target = 1;
        google.protobuf.Timestamp create_time = 2;
        google.protobuf.Timestamp end_time = 300;
        bool cancel_requested = 4;
        Full child = 5;
      }
      message Google {
        google.protobuf.Timestamp create_time = 1;
        google.protobuf.Timestamp end_time = 2;
        string target = 3;
        bool requested_cancellation = 6;
      }
      message Optional { optional bool cancel_requested = 1; }
      message OnlyEnd { google.protobuf.Timestamp end_time = 1; }
      message None { string target = 1; }
      message Others {
        google.protobuf.Duration create_time = 1;
        repeated google.protobuf.Timestamp end_time = 2;
        string cancel_requested = 3;
        repeated bool requested_cancellation = 4;
      }
      message Chosen {
        oneof when { google.protobuf.Timestamp create_time = 1; string never = 2; }
      }
    `,
    "m/v1/e.proto": `
      edition = "2023";
      package m.v1;
      import "google/protobuf/timestamp.proto";
      message Grouped {
        google.protobuf.Timestamp create_time = 1 [features.message_encoding = DELIMITED];
        bool cancel_requested = 2;
      }
    `,
  }),
);

function type(name: string): DescMessage {
  const found = types.getMessage(`m.v1.${name}`);
  return found ?? expect.fail(`no ${name}`);
}

const running: MetadataSource = {
  createTimeUs: 1_700_000_000_123_456,
  endTimeUs: undefined,
  cancelRequested: false,
  metadata: undefined,
};
const done: MetadataSource = {
  ...running,
  endTimeUs: 1_700_000_060_000_000,
  cancelRequested: true,
};
const created = "2023-11-14T22:13:20.123456Z";
const ended = "2023-11-14T22:14:20Z";

const packed = (name: string, init: object) => ({
  typeUrl: `type.googleapis.com/m.v1.${name}`,
  value: toBinary(type(name), create(type(name), init as MessageInitShape<DescMessage>)),
});

/** The metadata that callers see, in JSON; undefined for none. */
function seen(name: string, source: MetadataSource) {
  const metadata = completeMetadata(type(name))(source);
  if (metadata === undefined) {
    return undefined;
  }
  expect(metadata.typeUrl).toBe(`type.googleapis.com/m.v1.${name}`);
  return toJson(type(name), fromBinary(type(name), metadata.value));
}

describe("what the handler leaves unset is filled in", () => {
  test.each([
    { name: "Full", source: running, expected: { createTime: created } },
    {
      name: "Full",
      source: done,
      expected: { createTime: created, endTime: ended, cancelRequested: true },
    },
    {
      name: "Google",
      source: { ...done, metadata: packed("Google", { target: "t" }) },
      expected: {
        createTime: created,
        endTime: ended,
        target: "t",
        requestedCancellation: true,
      },
    },
    { name: "Optional", source: done, expected: { cancelRequested: true } },
    { name: "OnlyEnd", source: done, expected: { endTime: ended } },
    { name: "Grouped", source: done, expected: { cancelRequested: true } },
  ])("$name", ({ name, source, expected }) => {
    expect(seen(name, source)).toEqual(expected);
  });

  test("also where a message within sets the same fields", () => {
    const child = { createTime: { seconds: 1n }, cancelRequested: true };
    const metadata = packed("Full", { child });
    expect(seen("Full", { ...done, metadata })).toEqual({
      child: { createTime: "1970-01-01T00:00:01Z", cancelRequested: true },
      createTime: created,
      endTime: ended,
      cancelRequested: true,
    });
  });

  test("at any microsecond", () => {
    for (const us of [0, 1, 999_999, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      const { value } = completeMetadata(type("Full"))({ ...running, createTimeUs: us }) ?? {};
      const { createTime } = fromBinary(type("Full"), value ?? new Uint8Array()) as Message & {
        createTime: { seconds: bigint; nanos: number };
      };
      const read = createTime.seconds * 1_000_000n + BigInt(createTime.nanos / 1_000);
      expect(read).toBe(BigInt(us));
    }
  });
});

describe("nothing is filled in", () => {
  test.each(["Optional", "OnlyEnd", "None", "Others", "Chosen"])(
    "for %s that runs, which then has no metadata rather than an empty one",
    (name) => {
      expect(completeMetadata(type(name))(running)).toBeUndefined();
    },
  );

  test.each(["None", "Others", "Chosen"])("where no such field is declared: %s", (name) => {
    const metadata = packed(name, {});
    expect(completeMetadata(type(name))({ ...done, metadata })).toBe(metadata);
  });

  test("where the handler has set it, even to what is not so", () => {
    const metadata = packed("Full", {
      createTime: { seconds: 5n },
      endTime: {},
      cancelRequested: true,
    });
    expect(completeMetadata(type("Full"))({ ...done, metadata })).toBe(metadata);
    const refused = packed("Optional", { cancelRequested: false });
    expect(completeMetadata(type("Optional"))({ ...done, metadata: refused })).toBe(refused);
  });

  test("where the bytes do not parse", () => {
    for (const value of [[255], [10, 5, 1], [11], [12], [0]]) {
      const metadata = { typeUrl: "type.googleapis.com/m.v1.Full", value: new Uint8Array(value) };
      expect(completeMetadata(type("Full"))({ ...done, metadata })).toBe(metadata);
    }
  });
});

test("the bytes of the handler stay as they are, unknown fields and all", () => {
  const unknown = new BinaryWriter().tag(9, 2).string("kept").tag(12, 3).tag(12, 4).finish();
  assert(
    property(uint8Array(), (target) => {
      const value = Uint8Array.of(...packed("Full", { target: `${target}` }).value, ...unknown);
      const before = value.slice();
      const metadata = { typeUrl: "type.googleapis.com/m.v1.Full", value };
      const completed = completeMetadata(type("Full"))({ ...done, metadata });
      expect(value).toEqual(before);
      expect(completed?.value.subarray(0, value.length)).toEqual(before);
      // The same each time: clients take changed bytes for progress.
      expect(completeMetadata(type("Full"))({ ...done, metadata })).toEqual(completed);
    }),
  );
});

test("whatever the bytes are, nothing is thrown, and what parses still does", () => {
  assert(
    property(uint8Array({ maxLength: 40 }), (value) => {
      const metadata = { typeUrl: "type.googleapis.com/m.v1.Full", value };
      const completed = completeMetadata(type("Full"))({ ...done, metadata });
      const parses = (bytes: Uint8Array) => {
        try {
          fromBinary(type("Full"), bytes);
          return true;
        } catch {
          return false;
        }
      };
      // What does not parse may do so with more behind it: a reader that takes a field of the wrong
      // wire type for one of its own can miss the end.
      expect(!parses(value) || parses(completed?.value ?? value)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
