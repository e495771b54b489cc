// SPDX-License-Identifier: Apache-2.0

/** How long a resource name may be, in UTF-16 code units. */
export const maxNameLength = 1024;

const operationName = /^(?:[^/]+\/[^/]+\/)*operations\/[^/]+$/;
const parentName = /^(?:[^/]+\/[^/]+(?:\/[^/]+\/[^/]+)*)?$/;
const collection = /(?:^|\/)operations$/;

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

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const idBytes = 16;
const poolBytes = idBytes * 64;
let pool = new Uint8Array(0);
let used = 0;

/** The name of a new operation: 128 random bits, in base32. */
export function newOperationName(): string {
  // Asking for random bytes costs more than the bytes do.
  if (used === pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(poolBytes));
    used = 0;
  }
  const bytes = pool.subarray(used, used + idBytes);
  used += idBytes;
  let id = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) {
      id += alphabet[(value >> (bits - 5)) & 31];
    }
  }
  return `operations/${id}${alphabet[(value << (5 - bits)) & 31]}`;
}
