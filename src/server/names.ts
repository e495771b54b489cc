// SPDX-License-Identifier: Apache-2.0

/** How long a resource name may be, in UTF-16 code units. */
export const maxNameLength = 1024;

// Control characters and halves of surrogate pairs are in no name: not every store could keep them.
const segment = String.raw`[^/\p{Cc}\p{Cs}]+`;
const pair = `${segment}/${segment}`;
const operationNames = new RegExp(`^(?:${pair}/)*operations/${segment}$`, "u");
const parentNames = new RegExp(`^(?:${pair}(?:/${pair})*)?$`, "u");
const collection = /(?:^|(?<=[^/])\/)operations$/;

/** Whether this is how an operation's resource name looks: `operations/<id>`, under any parent. */
export function isOperationName(name: string): boolean {
  return name.length <= maxNameLength && operationNames.test(name);
}

/**
 * The parent whose operations a ListOperationsRequest asks for, by its own name or by that of its
 * collection: `""` for all. Undefined if the name is neither.
 */
export function parentOf(name: string): string | undefined {
  const parent = name.replace(collection, "");
  return name.length <= maxNameLength && parentNames.test(parent) ? parent : undefined;
}

/** Whether operations can be put under this parent: a resource name with room for theirs, or `""`. */
export function canBeParent(parent: string): boolean {
  return (
    parent.length <= maxNameLength - "/operations/".length - idLength && parentNames.test(parent)
  );
}

/** The name of an operation under a parent, `""` for none. */
export function operationName(parent: string, id: string): string {
  return parent === "" ? `operations/${id}` : `${parent}/operations/${id}`;
}

const alphabet = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz234567");
const decoder = new TextDecoder();
// Five bits each: 130 in all.
const idLength = 26;
let pool = "";
let used = 0;

/** The id of a new operation: 26 random base32 characters. */
export function newOperationId(): string {
  // Asking for random bytes, and making a string of some, costs more than the bytes do.
  if (used === pool.length) {
    pool = base32(crypto.getRandomValues(new Uint8Array(64 * idLength)));
    used = 0;
  }
  used += idLength;
  return pool.slice(used - idLength, used);
}

/** The id that these bytes make, 26 at least; what is left over does not count. */
export function operationIdOf(bytes: Uint8Array): string {
  return base32(bytes.subarray(0, idLength));
}

/** A character for five bits of each byte. */
function base32(bytes: Uint8Array): string {
  return decoder.decode(bytes.map((byte) => alphabet[byte & 31] ?? 0));
}
