// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { OperationRecord, PackedMessage } from "../store.ts";

/** What the fields that are filled in depend on. */
export type MetadataSource = Pick<
  OperationRecord,
  "cancelRequested" | "createTimeUs" | "endTimeUs" | "metadata"
>;

/** The metadata of an operation as its callers see it; undefined if it has none. */
export type CompleteMetadata = (source: MetadataSource) => PackedMessage | undefined;

/** A field that is filled in unless the handler has set it. */
interface ConventionalField {
  readonly number: number;
  readonly wireType: WireType;
  /** What to write; undefined leaves it unset. Microseconds, or true. */
  contentOf(source: MetadataSource): number | true | undefined;
}

// biome-ignore format: a table reads better.
const conventions: Readonly<Record<string, Pick<ConventionalField, "contentOf"> & { readonly is: (field: DescField) => boolean }>> = {
  create_time:            { is: isTimestamp, contentOf: ({ createTimeUs }) => createTimeUs },
  end_time:               { is: isTimestamp, contentOf: ({ endTimeUs }) => endTimeUs },
  cancel_requested:       { is: isBool,      contentOf: ({ cancelRequested }) => cancelRequested || undefined },
  requested_cancellation: { is: isBool,      contentOf: ({ cancelRequested }) => cancelRequested || undefined },
};

/**
 * Fills in the conventional fields `create_time`, `end_time`, `cancel_requested` and
 * `requested_cancellation` that this type declares and the stored bytes leave unset. The encoding of
 * what is missing is appended: the bytes of the handler stay as they are, unknown fields and all.
 */
export function completeMetadata(schema: DescMessage): CompleteMetadata {
  const fields = schema.fields.flatMap((field): ConventionalField[] => {
    const convention = Object.hasOwn(conventions, field.name) ? conventions[field.name] : undefined;
    if (!convention?.is(field)) {
      return [];
    }
    const wireType = field.fieldKind === "message" ? WireType.LengthDelimited : WireType.Varint;
    return [{ number: field.number, wireType, contentOf: convention.contentOf }];
  });
  if (fields.length === 0) {
    return ({ metadata }) => metadata;
  }
  const nothing: PackedMessage = {
    typeUrl: `type.googleapis.com/${schema.typeName}`,
    value: new Uint8Array(),
  };
  return (source) => {
    const { typeUrl, value } = source.metadata ?? nothing;
    const missing = fieldsMissingIn(value, fields, source);
    return missing.length === 0
      ? source.metadata
      : { typeUrl, value: appended(value, missing, source) };
  };
}

// A oneof would lose what the handler has chosen.
function isTimestamp(field: DescField): boolean {
  return (
    field.fieldKind === "message" &&
    field.message.typeName === TimestampSchema.typeName &&
    field.oneof === undefined &&
    !field.delimitedEncoding
  );
}

function isBool(field: DescField): boolean {
  return (
    field.fieldKind === "scalar" && field.scalar === ScalarType.BOOL && field.oneof === undefined
  );
}

function fieldsMissingIn(
  value: Uint8Array,
  fields: readonly ConventionalField[],
  source: MetadataSource,
): readonly ConventionalField[] {
  let missing = fields.filter(({ contentOf }) => contentOf(source) !== undefined);
  try {
    const reader = new BinaryReader(value);
    while (missing.length > 0 && reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      reader.skip(wireType, number);
      if (missing.some((field) => field.number === number && field.wireType === wireType)) {
        missing = missing.filter((field) => field.number !== number);
      }
    }
  } catch {
    // What does not parse is handed on as it is.
    return [];
  }
  return missing;
}

function appended(
  value: Uint8Array,
  fields: readonly ConventionalField[],
  source: MetadataSource,
): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter().raw(value);
  for (const { number, wireType, contentOf } of fields) {
    const content = contentOf(source);
    writer.tag(number, wireType);
    if (typeof content === "number") {
      writer.bytes(timestamp(content));
    } else {
      writer.bool(true);
    }
  }
  return writer.finish();
}

/** An encoded `google.protobuf.Timestamp`. */
function timestamp(us: number): Uint8Array {
  const { seconds, nanos } = TimestampSchema.field;
  const wholeSeconds = Math.floor(us / 1_000_000);
  return new BinaryWriter()
    .tag(seconds.number, WireType.Varint)
    .int64(wholeSeconds)
    .tag(nanos.number, WireType.Varint)
    .int32((us - wholeSeconds * 1_000_000) * 1_000)
    .finish();
}
