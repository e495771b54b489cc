// SPDX-License-Identifier: Apache-2.0

import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageShape,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import type { Format } from "./format.ts";

/** Writes and reads messages. */
export interface Codec {
  encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array;
  /** @throws Error if the bytes are no such message. */
  decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc>;
}

/**
 * The codec of a format.
 *
 * @param registry what JSON may hold in an Any, or as an extension; other extensions are skipped.
 */
export function codecOf(format: Format, registry: Registry): Codec {
  if (format === "binary") {
    return { encode: toBinary, decode: (schema, bytes) => fromBinary(schema, bytes) };
  }
  const options = { registry, useProtoFieldName: true, ignoreUnknownFields: true };
  return {
    encode: (schema, message) => new TextEncoder().encode(toJsonString(schema, message, options)),
    decode: (schema, bytes) => fromJsonString(schema, new TextDecoder().decode(bytes), options),
  };
}
