// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  Message,
  MessageInitShape,
  MessageShape,
  Registry,
} from "@bufbuild/protobuf";
import { create, fromBinary } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";

/**
 * What a `google.protobuf.Any` turned out to hold.
 *
 * - `message`: a message of the expected type.
 * - `empty`: the field is unset, or has no type URL.
 * - `unknown`: a type that is not in the registry.
 * - `mismatch`: a type other than the expected one.
 * - `malformed`: the expected type, but bytes that do not parse, or a type URL without a name.
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
 */
export function readAny<Desc extends DescMessage>(
  any: Any | undefined,
  schema: Desc,
): AnyReading<MessageShape<Desc>>;
export function readAny(any: Any | undefined, registry: Registry): AnyReading;
export function readAny(any: Any | undefined, types: DescMessage | Registry): AnyReading {
  if (any === undefined || any.typeUrl === "") {
    return { kind: "empty" };
  }
  const { typeUrl, value } = any;
  const typeName = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  if (typeName === "") {
    return { kind: "malformed", typeUrl, cause: new Error(`"${typeUrl}" names no type`) };
  }
  if (types.kind === "message" && types.typeName !== typeName) {
    return { kind: "mismatch", typeUrl, expected: types.typeName };
  }
  const schema = types.kind === "message" ? types : types.getMessage(typeName);
  if (schema === undefined) {
    return { kind: "unknown", typeUrl, value };
  }
  try {
    return { kind: "message", message: fromBinary(schema, value) };
  } catch (cause) {
    return { kind: "malformed", typeUrl, cause };
  }
}
