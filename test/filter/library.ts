// SPDX-License-Identifier: Apache-2.0

import {
  createFileRegistry,
  type DescMessage,
  fromJson,
  type JsonObject,
  toBinary,
} from "@bufbuild/protobuf";
import {
  checkFilter,
  type FilterableOperation,
  FilterError,
  type FilterSchema,
  matches,
  parseFilter,
} from "../../src/filter/index.ts";
import { compileProto } from "../compile-proto.ts";

const registry = createFileRegistry(
  compileProto({
    "lib/v1/metadata.proto": `
      syntax = "proto3";
      package lib.v1;
      import "google/protobuf/any.proto";
      import "google/protobuf/duration.proto";
      import "google/protobuf/field_mask.proto";
      import "google/protobuf/struct.proto";
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/wrappers.proto";
      enum State { STATE_UNSPECIFIED = 0; RUNNING = 1; PAUSED = 2; }
      message Progress {
        string stage = 1;
        int32 percent = 2;
        Progress inner = 3;
        repeated string tags = 4;
        map<string, int32> counts = 5;
        State state = 6;
      }
      message ReindexMetadata {
        int32 files_done = 1;
        int64 bytes = 2;
        uint64 total = 3;
        double ratio = 4;
        float speed = 5;
        bool dry_run = 6;
        string current_path = 7;
        bytes digest = 8;
        State state = 9;
        google.protobuf.Timestamp create_time = 10;
        google.protobuf.Duration elapsed = 11;
        Progress progress = 12;
        repeated string tags = 13;
        repeated int32 sizes = 14;
        repeated Progress stages = 15;
        repeated State history = 16;
        map<string, string> labels = 17;
        map<string, Progress> parts = 18;
        map<int32, string> shards = 19;
        map<bool, int64> flags = 20;
        google.protobuf.Int32Value limit = 21;
        google.protobuf.StringValue note = 22;
        google.protobuf.BoolValue forced = 23;
        google.protobuf.Struct details = 24;
        google.protobuf.Value extra = 25;
        google.protobuf.ListValue items = 26;
        google.protobuf.Any cause = 27;
        optional int32 retries = 28;
        oneof target { string file = 29; int32 shard = 30; google.protobuf.StringValue alias = 38; }
        repeated google.protobuf.Timestamp beats = 31;
        uint32 count = 32;
        int64 serial = 33 [jstype = JS_STRING];
        google.protobuf.FieldMask mask = 34;
        repeated int64 longs = 35;
        map<string, google.protobuf.Timestamp> marks = 36;
        repeated google.protobuf.Struct documents = 37;
        map<int64, bool> serials = 39;
        sint64 offset = 40;
      }
      message CopyMetadata {
        string files_done = 1;
        string bucket = 2;
        Progress progress = 3;
        bool state = 4;
        repeated string labels = 5;
      }
      message Unserved { string bucket = 1; }`,
  }),
);

function messageOf(name: string): DescMessage {
  const type = registry.getMessage(`lib.v1.${name}`);
  if (type === undefined) {
    throw new Error(`no ${name}`);
  }
  return type;
}

/** The metadata types of the library's methods. */
export const Reindex: DescMessage = messageOf("ReindexMetadata");
export const Copy: DescMessage = messageOf("CopyMetadata");
export const Unserved: DescMessage = messageOf("Unserved");

/** What the filters of these tests are checked against. */
export const schema: FilterSchema = { metadata: [Reindex, Copy] };

type Packed = NonNullable<FilterableOperation["metadata"]>;

/** Metadata of a type, out of its JSON form with the names of the proto file. */
export function pack(type: DescMessage, json: JsonObject): Packed {
  const value = toBinary(type, fromJson(type, json, { registry }));
  return { typeUrl: `type.googleapis.com/${type.typeName}`, value };
}

/** An operation that has just begun, but for what is given. */
export function operationOf(init: Partial<FilterableOperation>): FilterableOperation {
  const method = "lib.v1.Library/Reindex";
  return { name: "operations/x", method, done: false, createTimeUs: 0, ...init };
}

/** Whether an operation matches the text of a filter. */
export function matchesText(text: string, operation: FilterableOperation): boolean {
  return matches(checkFilter(parseFilter(text), schema), operation);
}

/** The error that a filter is refused with. */
export function refusal(
  text: string,
  metadata: readonly DescMessage[] = schema.metadata,
): FilterError {
  try {
    checkFilter(parseFilter(text), { metadata });
  } catch (error) {
    if (error instanceof FilterError) {
      return error;
    }
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}
