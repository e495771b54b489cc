// SPDX-License-Identifier: Apache-2.0

/** How long a resource name may be, in UTF-16 code units. */
export const maxNameLength = 1024;

const operationName = /^(?:[^/]+\/[^/]+\/)*operations\/[^/]+$/;
const parentName = /^(?:[^/]+\/[^/]+(?:\/[^/]+\/[^/]+)*)?$/;
const collection = /(?:^|(?<=[^/])\/)operations$/;

/** Whether this is how an operation's resource name looks: `operations/<id>`, under any parent. */
export function isOperationName(name: string): boolean {
  return name.length <= maxNameLength && operationName.test(name);
}

/**
 * The parent whose operations a ListOperationsRequest asks for, by its own name or by that of its
 * collection: `""` for all. Undefined if the name is neither.
 */
export function parentOf(name: string): string | undefined {
  const parent = name.replace(collection, "");
  return name.length <= maxNameLength && parentName.test(parent) ? parent : undefined;
}

const alphabet = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz234567");
// Five bits each: 130 in all.
const idLength = 26;
let pool = new Uint8Array(0);
let used = 0;

/** The name of a new operation, with an id of 26 random base32 characters. */
export function newOperationName(): string {
  // Asking for random bytes costs more than the bytes do.
  if (used === pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(64 * idLength));
    used = 0;
  }
  const id = pool.subarray(used, used + idLength).map((byte) => alphabet[byte & 31] ?? 0);
  used += idLength;
  return `operations/${String.fromCharCode(...id)}`;
}
