// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import {
  DurationSchema,
  FieldMaskSchema,
  isWrapperDesc,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { readMaskPaths, writeMaskPaths } from "./mask-paths.ts";

/** A field, or an element of one, that can be written as one text: in a path, or in a query. */
export type TextField = DescField & { readonly fieldKind: "scalar" | "enum" | "message" | "list" };

/** The field, if a value of it, or each of its elements, can be written as one text. */
export function textFieldOf(field: DescField): TextField | undefined {
  if (field.fieldKind === "map") {
    return undefined;
  }
  return field.message === undefined || isTextMessage(field.message) ? field : undefined;
}

const textMessages: ReadonlySet<string> = new Set([
  TimestampSchema.typeName,
  DurationSchema.typeName,
  FieldMaskSchema.typeName,
]);

function isTextMessage(type: DescMessage): boolean {
  return textMessages.has(type.typeName) || isWrapperDesc(type);
}

/**
 * Reads what stands in a path or in a query as proto JSON reads the same text in quotes, for strings
 * as it is. The value is one for `ReflectMessage.set` or `ReflectList.add`.
 *
 * @throws Error that says what was expected.
 */
export function readText(field: TextField, text: string): unknown {
  if (field.message !== undefined) {
    return reflect(field.message, readMessage(field.message, text));
  }
  return field.enum === undefined ? readScalar(field.scalar, text) : readEnum(field.enum, text);
}

function readMessage(type: DescMessage, text: string): Message {
  const inner = type.fields[0];
  if (type.typeName === FieldMaskSchema.typeName) {
    return create(type, { paths: readMaskPaths(text) });
  }
  if (isWrapperDesc(type) && inner?.scalar !== undefined) {
    const wrapper = reflect(type);
    wrapper.set(inner, readScalar(inner.scalar, text));
    return wrapper.message;
  }
  return fromJson(type, text);
}

function readScalar(type: ScalarType, text: string): unknown {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      if (text !== "true" && text !== "false") {
        throw new Error("expected true or false");
      }
      return text === "true";
    case ScalarType.BYTES:
      // A plus sign that was not encoded has become a space.
      return base64Decode(text.replaceAll(" ", "+"));
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return readNumber(text);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return readInteger(text);
    default:
      return Number(readInteger(text));
  }
}

const notFinite: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readNumber(text: string): number {
  const value = notFinite.get(text) ?? Number(text);
  if (!notFinite.has(text) && !(decimal.test(text) && Number.isFinite(value))) {
    throw new Error("expected a number, NaN, Infinity or -Infinity");
  }
  return value;
}

function readInteger(text: string): bigint {
  // More digits than a large integer has are not worth the time that their conversion takes.
  if (text.length <= 40 && decimal.test(text)) {
    const value = /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
    if (typeof value === "bigint" || Number.isSafeInteger(value)) {
      return BigInt(value);
    }
  }
  throw new Error("expected an integer");
}

function readEnum(type: DescEnum, text: string): number {
  const named = type.values.find(({ name }) => name === text);
  if (named !== undefined) {
    return named.number;
  }
  if (!/^-?\d{1,10}$/.test(text)) {
    throw new Error(`expected a value of the enum ${type.typeName}`);
  }
  return Number(text);
}

/**
 * Writes what a field, or an element of it, holds as `readText` reads it.
 *
 * @throws Error that says why it has no text.
 */
export function writeText(field: TextField, value: unknown): string {
  if (field.message !== undefined) {
    return writeMessage(value as ReflectMessage);
  }
  return field.enum === undefined
    ? writeScalar(value)
    : (field.enum.value[value as number]?.name ?? String(value));
}

function writeMessage(held: ReflectMessage): string {
  const { desc, message } = held;
  const inner = desc.fields[0];
  if (desc.typeName === FieldMaskSchema.typeName) {
    return writeMaskPaths((message as Message & { paths: string[] }).paths);
  }
  if (isWrapperDesc(desc) && inner !== undefined) {
    return writeScalar(held.get(inner));
  }
  return String(toJson(desc, message));
}

function writeScalar(value: unknown): string {
  if (value instanceof Uint8Array) {
    return base64Encode(value);
  }
  return Object.is(value, -0) ? "-0" : String(value);
}
