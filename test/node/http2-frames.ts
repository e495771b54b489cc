// SPDX-License-Identifier: Apache-2.0

/** What a client of HTTP/2 sends, byte for byte: one character for each. RFC 9113. */
export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export interface Frame {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: string;
}

export function frame({ type, flags = 0, stream = 0, payload = "" }: Frame): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return head.toString("latin1") + payload;
}

export const settings: string = frame({ type: 4 });
export const goAway = 7;

/** `GET /` on the host "a", without a body. */
export function get(stream: number): string {
  return frame({ type: 1, flags: 5, stream, payload: "\x82\x86\x84\x41\x01a" });
}

export function reset(stream: number): string {
  return frame({ type: 3, stream, payload: "\0\0\0\x08" });
}

/** The types of the frames in what a server sent, in order. */
export function frameTypes(bytes: string): number[] {
  const types: number[] = [];
  const buffer = Buffer.from(bytes, "latin1");
  for (let at = 0; at + 9 <= buffer.length; at += 9 + buffer.readUIntBE(at, 3)) {
    types.push(buffer.readUInt8(at + 3));
  }
  return types;
}
