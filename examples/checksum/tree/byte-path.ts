// SPDX-License-Identifier: Apache-2.0

/**
 * A path of a file system, as its bytes: one character, U+0000 to U+00FF, for each.
 *
 * On Linux a name is bytes and need not be UTF-8. Held like this it costs a byte per byte, survives
 * the way back to the file system, and compares with `<` as `LC_ALL=C sort` compares it.
 */
export type BytePath = string;

/** The path that a text, or the file system, names. */
export function bytePath(path: string | Uint8Array): BytePath {
  return Buffer.from(path).toString("latin1");
}

/** The path for a call to the file system, or for a `bytes` field. */
export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, "latin1");
}

/** The path for people and for JSON. What is not UTF-8 shows as U+FFFD. */
export function pathText(path: BytePath): string {
  return pathBytes(path).toString("utf8");
}
