// SPDX-License-Identifier: Apache-2.0

import type { Any } from "@bufbuild/protobuf/wkt";

const unread = new WeakSet<object>();

/**
 * Notes that what an Any held could not be read, since it came in JSON and its type is not known: its
 * value is empty, and says nothing.
 */
export function markUnread(any: Any): void {
  unread.add(any);
}

/** Whether something is an Any whose value is missing. */
export function isUnread(value: object | undefined): boolean {
  return value !== undefined && unread.has(value);
}
