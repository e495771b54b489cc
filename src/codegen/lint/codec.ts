// SPDX-License-Identifier: Apache-2.0

import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageShape,
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

/** The codec of a format. That of JSON skips what it does not know. */
export async function codecOf(format: Format): Promise<Codec> {
  if (format === "binary") {
    return { encode: toBinary, decode: (schema, bytes) => fromBinary(schema, bytes) };
  }
  const { registry } = await import("./registry.ts");
  const options = { registry, useProtoFieldName: true, ignoreUnknownFields: true };
  return {
    encode: (schema, message) => new TextEncoder().encode(toJsonString(schema, message, options)),
    decode: (schema, bytes) => fromJsonString(schema, new TextDecoder().decode(bytes), options),
  };
}
