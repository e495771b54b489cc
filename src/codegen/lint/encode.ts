// SPDX-License-Identifier: Apache-2.0

/** A field by its number: text, a message that is encoded already, or what is written as a varint. */
export type Field = readonly [number: number, value: string | Uint8Array | number];

/**
 * Encodes a message of few and simple fields. The library does it for all others; loading it takes
 * longer than starting Node does, and buf starts the plugin nine times.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function encode(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") {
        return [varint(number * 8), varint(value)];
      }
      const bytes = Buffer.from(value);
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Uint8Array {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}
