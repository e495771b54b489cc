// SPDX-License-Identifier: Apache-2.0

import {
  clearField,
  type DescField,
  equals,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import type { MessageCodec } from "../method.ts";

interface SameRequestOptions {
  readonly codec: MessageCodec;
  /** Fields that do not count. */
  readonly except: readonly DescField[];
  /** What messages in an Any, and extensions, are compared by. */
  readonly registry: Registry;
}

/**
 * Whether an encoded request asks for the same as an earlier one, as far as the current schema knows:
 * neither the order of map entries nor unknown fields count. An earlier one that no longer parses is
 * another: whoever sent it could not send it again.
 */
export function isSameRequest(
  earlier: Uint8Array,
  request: Uint8Array,
  { codec, except, registry }: SameRequestOptions,
): boolean {
  const read = (bytes: Uint8Array): Message => {
    const message = codec.read(bytes);
    for (const field of except) {
      clearField(message, field);
    }
    return message;
  };
  let before: Message;
  try {
    before = read(earlier);
  } catch {
    return false;
  }
  const now = read(request);
  return (
    equals(codec.schema, before, now, { registry, unpackAny: true, extensions: true }) ||
    // To `equals` no NaN is the same as another.
    isSameBytes(codec.pack(before).value, codec.pack(now).value)
  );
}

/** Whether two arrays hold the same bytes. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
