// SPDX-License-Identifier: Apache-2.0

import type { LeasedWrite, OperationRecord } from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import {
  cancelled,
  claimAll,
  failed,
  leaseMs,
  packed,
  running,
  type StoreCases,
  stored,
  succeeded,
} from "./store-case.ts";

interface EndingCase {
  readonly write: LeasedWrite;
  readonly expected: Partial<OperationRecord>;
}

const earlier = packed(1);
const later = packed(2, 40);
const queued = { state: "queued", result: undefined } as const;

// What each write makes of an operation, by whether a cancel was requested before.
const withoutCancel: Readonly<Record<string, EndingCase>> = {
  "end with a response": {
    write: { kind: "end", result: succeeded, ifCancelled: cancelled },
    expected: { state: "done", result: succeeded, metadata: earlier },
  },
  "end with an error, and metadata": {
    write: { kind: "end", result: failed, ifCancelled: cancelled, metadata: later },
    expected: { state: "done", result: failed, metadata: later },
  },
  release: {
    write: { kind: "release", ifCancelled: cancelled },
    expected: { ...queued, metadata: earlier },
  },
  "release with metadata": {
    write: { kind: "release", ifCancelled: cancelled, metadata: later },
    expected: { ...queued, metadata: later },
  },
  lose: {
    write: { kind: "lose", delayMs: 0, ifCancelled: cancelled },
    expected: { ...queued, metadata: earlier },
  },
  "lose with a result": {
    write: { kind: "lose", delayMs: 0, ifCancelled: cancelled, result: failed },
    expected: { state: "done", result: failed, metadata: earlier },
  },
};

const afterCancel: Readonly<Record<string, EndingCase>> = {
  "end with ifCancelled": {
    write: { kind: "end", result: failed, ifCancelled: cancelled, metadata: later },
    expected: { state: "done", result: cancelled, metadata: later },
  },
  "end without ifCancelled": {
    write: { kind: "end", result: succeeded },
    expected: { state: "done", result: succeeded, metadata: earlier },
  },
  release: {
    write: { kind: "release", ifCancelled: cancelled, metadata: later },
    expected: { state: "done", result: cancelled, metadata: later },
  },
  lose: {
    write: { kind: "lose", delayMs: 0, ifCancelled: cancelled },
    expected: { state: "done", result: cancelled, metadata: earlier },
  },
  "lose with a result": {
    write: { kind: "lose", delayMs: 0, ifCancelled: cancelled, result: failed },
    expected: { state: "done", result: cancelled, metadata: earlier },
  },
};

function cases(table: Readonly<Record<string, EndingCase>>, cancelFirst: boolean): StoreCases {
  const named = Object.entries(table).map(([name, { write, expected }]) => {
    const check: StoreCases[string] = async ({ store, clock }) => {
      const claim = await running(store);
      await store.update(claim, { kind: "report", metadata: earlier });
      if (cancelFirst) {
        await store.cancel(claim.name, cancelled);
      }
      clock.advance(leaseMs);
      checkEqual(await store.update(claim, write), true, "the write");
      const record = await stored(store);
      const { state, result, metadata } = record;
      checkEqual<Partial<OperationRecord>>({ state, result, metadata }, expected, "the record");
      checkEqual(record.cancelRequested, cancelFirst, "whether a cancel was requested");
      const endTimeUs = state === "done" ? clock.now() * 1000 : undefined;
      checkEqual(record.endTimeUs, endTimeUs, "its end time");
      checkEqual(await store.update(claim, write), false, "the same write again");
      const claims = await claimAll(store);
      checkEqual(claims.length, state === "done" ? 0 : 1, "how many can be claimed");
      const next = claims[0];
      if (next !== undefined) {
        checkEqual([next.attempt, next.fence], [2, 3], "attempt and fence of the next claim");
      }
    };
    return [`${name}, ${cancelFirst ? "after" : "without"} a cancel request`, check] as const;
  });
  return Object.fromEntries(named);
}

export const ending: StoreCases = {
  ...cases(withoutCancel, false),
  ...cases(afterCancel, true),
};
