// SPDX-License-Identifier: Apache-2.0

import type { EarlierRequest } from "../store.ts";
import { isHidden, recordOf } from "./row.ts";
import type { Table } from "./table.ts";

/** What has become of the request with a key. It forgets one that need not be remembered. */
export function earlierRequest(
  table: Table,
  { key, nowMs }: { readonly key: string; readonly nowMs: number },
): EarlierRequest | undefined {
  const row = table.byRequestKey(key);
  if (row === undefined) {
    return undefined;
  }
  if (!row.removed && !isHidden(row, nowMs)) {
    return { kind: "duplicate", record: recordOf(row), request: row.request };
  }
  if (row.state !== "done" || row.dueMs > nowMs || row.rememberEndMs > nowMs) {
    return { kind: "gone" };
  }
  // Its key and its name are free, even if nobody has purged it yet.
  if (row.removed) {
    table.forget(row);
  } else {
    table.remove(row, nowMs);
  }
  return undefined;
}

/** Whether an operation holds an exclusive key. */
export function isKeyTaken(
  table: Table,
  { key, nowMs }: { readonly key: string; readonly nowMs: number },
): boolean {
  const holder = table.byExclusiveKey(key);
  return holder !== undefined && holder.exclusiveEndMs > nowMs;
}
