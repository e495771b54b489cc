// SPDX-License-Identifier: Apache-2.0

import type { Any } from "@bufbuild/protobuf/wkt";

const unread = new WeakSet<Any>();

/**
 * Notes that what an Any held could not be read, since it came in JSON and its type is not known: its
 * value is empty, and says nothing.
 */
export function markUnread(any: Any): void {
  unread.add(any);
}

/** Whether the value of an Any is missing. */
export function isUnread(any: Any): boolean {
  return unread.has(any);
}
