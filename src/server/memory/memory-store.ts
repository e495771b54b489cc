// SPDX-License-Identifier: Apache-2.0

import { type Clock, systemClock } from "../../clock.ts";
import type { Lease, OperationClaim, OperationStore, OverdueOperation } from "../store.ts";
import { changeFeed } from "./change-feed.ts";
import { earlierRequest, isKeyTaken } from "./keys.ts";
import { pageOf } from "./page.ts";
import { isSuspect } from "./queue.ts";
import { claimOf, isHidden, newRow, type Row, recordOf } from "./row.ts";
import { memoryTable } from "./table.ts";
import {
  allows,
  claimRow,
  endRow,
  markCancelled,
  markDeleted,
  renewRow,
  settleRow,
} from "./writes.ts";

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * Keeps operations in this process's memory, for tests and demonstrations: with the process,
 * everything is gone.
 */
export function memoryStore(options: MemoryStoreOptions = {}): OperationStore {
  const clock = options.clock ?? systemClock;
  const table = memoryTable();
  const feed = changeFeed();
  let lastCreateTimeUs = 0;
  let secret: Uint8Array | undefined;
  let closed = false;

  function open(): void {
    if (closed) {
      throw new Error("The store is closed");
    }
  }

  function visible(name: string, nowMs: number): Row | undefined {
    const row = table.get(name);
    return row === undefined || isHidden(row, nowMs) ? undefined : row;
  }

  function held({ name, fence }: Lease): Row | undefined {
    const row = table.get(name);
    return row?.state === "running" && row.fence === fence ? row : undefined;
  }

  return {
    async insert(operation, as) {
      open();
      const { name, requestKey, exclusiveKey } = operation;
      const nowMs = clock.now();
      const before = requestKey && earlierRequest(table, { key: requestKey.key, nowMs });
      if (before !== undefined) {
        return before;
      }
      if (exclusiveKey !== undefined && isKeyTaken(table, { key: exclusiveKey, nowMs })) {
        return { kind: "excluded" };
      }
      if (table.get(name) !== undefined) {
        throw new Error(`An operation "${name}" exists already`);
      }
      lastCreateTimeUs = Math.max(lastCreateTimeUs + 1, Math.round(nowMs * 1000));
      const row = newRow(operation, as, { nowMs, createTimeUs: lastCreateTimeUs });
      if (as.kind === "done") {
        endRow(row, { result: as.result, nowMs });
      }
      table.add(row);
      feed.wrote(row);
      return { kind: "inserted", record: recordOf(row) };
    },

    async earlier(requestKey) {
      open();
      return earlierRequest(table, { key: requestKey, nowMs: clock.now() });
    },

    async isTaken(exclusiveKey) {
      open();
      return isKeyTaken(table, { key: exclusiveKey, nowMs: clock.now() });
    },

    async read(name) {
      open();
      const row = visible(name, clock.now());
      return row && recordOf(row);
    },

    async list(query) {
      open();
      return pageOf(table.newestFirst(query.owner, query.after?.createTimeUs), query, clock);
    },

    async claim({ methods, limit, suspectLimit, leaseMs }) {
      open();
      const nowMs = clock.now();
      const claims: OperationClaim[] = [];
      let suspects = 0;
      while (claims.length < limit) {
        const row = table.queued.next(methods, { nowMs, suspects: suspects < suspectLimit });
        if (row === undefined) {
          break;
        }
        suspects += isSuspect(row) ? 1 : 0;
        table.move(row, () => claimRow(row, nowMs + leaseMs));
        feed.wrote(row);
        claims.push(claimOf(row));
      }
      return claims;
    },

    async renew(leases, leaseMs) {
      open();
      const leaseEndMs = clock.now() + leaseMs;
      return leases.map((lease) => {
        const row = held(lease);
        if (row !== undefined) {
          table.move(row, () => renewRow(row, leaseEndMs));
        }
        return { held: row !== undefined, cancelRequested: row?.cancelRequested ?? false };
      });
    },

    async update(lease, write) {
      open();
      const nowMs = clock.now();
      const row = held(lease);
      if (row === undefined || !allows(row, write, nowMs)) {
        return false;
      }
      if (write.kind === "report") {
        row.metadata = write.metadata;
      } else {
        table.move(row, () => settleRow(row, write, nowMs));
      }
      feed.wrote(row);
      return true;
    },

    async cancel(name, result) {
      open();
      const nowMs = clock.now();
      const row = visible(name, nowMs);
      if (row === undefined) {
        return "absent";
      }
      if (row.state === "done" || row.cancelRequested) {
        return "unchanged";
      }
      const queued = row.state === "queued";
      table.move(row, () => {
        markCancelled(row, nowMs);
        if (queued) {
          endRow(row, { result, nowMs });
        }
      });
      feed.wrote(row);
      return queued ? "ended" : "requested";
    },

    async delete(name) {
      open();
      const nowMs = clock.now();
      const row = visible(name, nowMs);
      if (row === undefined) {
        return false;
      }
      table.move(row, () => markDeleted(row, nowMs));
      feed.wrote(row);
      return true;
    },

    async overdue(limit) {
      open();
      const nowMs = clock.now();
      const rows = table.running.earliest(limit + 1);
      const due = rows.slice(0, limit).filter(({ dueMs }) => dueMs <= nowMs);
      const next = rows[due.length];
      return {
        overdue: due.map((row) => overdueOf(row, nowMs)),
        nextInMs: next && Math.max(0, next.dueMs - nowMs),
      };
    },

    async unclaimed({ notMethods, forMs, limit }) {
      open();
      const dueMs = clock.now() - forMs;
      const waiting = table.queued.waiting({ notMethods, limit });
      return waiting
        .filter((row) => row.dueMs <= dueMs)
        .map(({ name, method }) => ({ name, method }));
    },

    async purge(limit) {
      open();
      const nowMs = clock.now();
      let purged = 0;
      for (let row = table.done.first; purged < limit && isDue(row, nowMs); purged++) {
        table.remove(row, nowMs);
        row = table.done.first;
      }
      let forgotten = 0;
      for (let row = table.remembered.first; forgotten < limit && isDue(row, nowMs); forgotten++) {
        table.forget(row);
        row = table.remembered.first;
      }
      return purged;
    },

    subscribe(listener) {
      open();
      return feed.subscribe(listener);
    },

    async secret() {
      open();
      secret ??= crypto.getRandomValues(new Uint8Array(32));
      return secret;
    },

    async close() {
      closed = true;
      feed.close();
    },
  };
}

function overdueOf(row: Row, nowMs: number): OverdueOperation {
  const { name, fence, method, losses, maxLosses } = row;
  const outOfTime = row.external ? "timeout" : "lease";
  const reason = row.leaseEndMs <= nowMs ? outOfTime : "cancel";
  return { name, fence, method, losses, maxLosses, reason };
}

function isDue(row: Row | undefined, nowMs: number): row is Row {
  return row !== undefined && row.dueMs <= nowMs;
}
