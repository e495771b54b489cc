// SPDX-License-Identifier: Apache-2.0

import type { LeasedWrite, OperationResult } from "../store.ts";
import { noBytes, type Row } from "./row.ts";

interface Ending {
  readonly result: OperationResult;
  readonly nowMs: number;
  /** Its exclusive key stays taken until its lease is over. */
  readonly cutOff?: boolean | undefined;
}

/** Like all of these, it changes the row, and does not move it to where it then belongs. */
export function endRow(row: Row, { result, nowMs, cutOff = false }: Ending): void {
  row.state = "done";
  row.fence++;
  // The clock may have been set back since the beginning.
  row.endTimeUs = Math.max(Math.round(nowMs * 1000), row.createTimeUs);
  row.exclusiveEndMs = cutOff && !row.external ? row.leaseEndMs : nowMs;
  row.expireMs = nowMs + row.retentionMs;
  row.result = result;
  if (row.requestKey === undefined) {
    row.request = noBytes;
  }
  row.dueMs = removableMs(row, nowMs);
}

function removableMs(row: Row, nowMs: number): number {
  return Math.max(row.deleted ? nowMs : row.expireMs, row.exclusiveEndMs);
}

export function claimRow(row: Row, leaseEndMs: number): void {
  row.state = "running";
  row.attempt++;
  row.fence++;
  row.leaseEndMs = leaseEndMs;
  row.dueMs = leaseEndMs;
}

export function renewRow(row: Row, leaseEndMs: number): void {
  row.leaseEndMs = leaseEndMs;
  row.dueMs = Math.min(leaseEndMs, row.cancelEndMs);
}

/** Marks a running row. */
export function markCancelled(row: Row, nowMs: number): void {
  row.cancelRequested = true;
  row.cancelEndMs = nowMs + row.cancelGraceMs;
  row.dueMs = Math.min(row.leaseEndMs, row.cancelEndMs);
}

export function markDeleted(row: Row, nowMs: number): void {
  row.deleted = true;
  if (row.state === "done") {
    row.dueMs = removableMs(row, nowMs);
  }
}

/** Whether a write may be made to a running row under its fence. */
export function allows(row: Row, { kind }: LeasedWrite, nowMs: number): boolean {
  // An external operation has no lease to lose, and nobody could claim it from the queue.
  return (
    kind === "report" ||
    kind === "end" ||
    (!row.external && (kind === "release" || row.leaseEndMs <= nowMs))
  );
}

/** Makes a write other than a report. */
export function settleRow(
  row: Row,
  write: Exclude<LeasedWrite, { kind: "report" }>,
  nowMs: number,
): void {
  const lost = write.kind === "lose";
  if (lost) {
    row.losses++;
  } else if (write.metadata !== undefined) {
    row.metadata = write.metadata;
  }
  const result =
    (row.cancelRequested ? write.ifCancelled : undefined) ??
    (write.kind === "release" ? undefined : write.result);
  if (result === undefined) {
    row.state = "queued";
    row.fence++;
    row.dueMs = nowMs + (lost ? write.delayMs : 0);
  } else {
    endRow(row, { result, nowMs, cutOff: write.kind === "end" && write.cutOff });
  }
}
