// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  Message,
  MessageInitShape,
  MessageShape,
  Registry,
} from "@bufbuild/protobuf";
import { create, fromBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyPack } from "@bufbuild/protobuf/wkt";
import { isUnread } from "./unread-any.ts";

/**
 * What a `google.protobuf.Any` turned out to hold.
 *
 * - `message`: a message of the expected type.
 * - `empty`: the field is unset, or holds neither a type URL nor a value.
 * - `unknown`: a type that is not in the registry, or was not in that of the REST transport that read
 *   the Any: the value is lost then.
 * - `mismatch`: a type other than the expected one.
 * - `malformed`: bytes that do not parse as the type that the URL names, or a URL that names none.
 */
export type AnyReading<M extends Message = Message> =
  | { readonly kind: "message"; readonly message: M }
  | { readonly kind: "empty" }
  | { readonly kind: "unknown"; readonly typeUrl: string; readonly value: Uint8Array }
  | { readonly kind: "mismatch"; readonly typeUrl: string; readonly expected: string }
  | { readonly kind: "malformed"; readonly typeUrl: string; readonly cause: unknown };

/**
 * Packs a message into a `google.protobuf.Any`, with the type URL
 * `type.googleapis.com/<full name>`.
 *
 * @throws Error if the message cannot be encoded, for example because a required field is unset.
 */
export function packAny<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Any {
  return anyPack(schema, create(schema, init));
}

/**
 * Reads a `google.protobuf.Any` as a message of one type, or as any type of a registry.
 *
 * It never throws, and never decodes a value as a type that its URL does not name. Any prefix of
 * a type URL is accepted; what follows the last slash is the type's full name.
 *
 * Expected as `google.protobuf.Any` itself, an Any of whatever type is handed on as it is: methods
 * that declare their metadata as Any mean that every type may come.
 */
export function readAny<Desc extends DescMessage>(
  any: Any | undefined,
  schema: Desc,
): AnyReading<MessageShape<Desc>>;
export function readAny(any: Any | undefined, registry: Registry): AnyReading;
export function readAny(any: Any | undefined, types: DescMessage | Registry): AnyReading {
  if (any === undefined || (any.typeUrl === "" && any.value.length === 0)) {
    return { kind: "empty" };
  }
  const { typeUrl, value } = any;
  const typeName = typeNameOf(typeUrl);
  if (typeName === "") {
    return { kind: "malformed", typeUrl, cause: new Error(`"${typeUrl}" names no type`) };
  }
  const schema = types.kind === "message" ? types : types.getMessage(typeName);
  const expected = schema?.typeName ?? typeName;
  if (expected !== typeName) {
    return expected === AnySchema.typeName
      ? { kind: "message", message: any }
      : { kind: "mismatch", typeUrl, expected };
  }
  if (schema === undefined || isUnread(any)) {
    return { kind: "unknown", typeUrl, value };
  }
  try {
    return { kind: "message", message: fromBinary(schema, value) };
  } catch (cause) {
    return { kind: "malformed", typeUrl, cause };
  }
}

function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}
