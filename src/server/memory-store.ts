// SPDX-License-Identifier: Apache-2.0

import { type Clock, systemClock } from "../clock.ts";
import {
  type ClaimQuery,
  type Lease,
  type LeasedWrite,
  type ListPage,
  type ListQuery,
  type NewOperation,
  type OperationChange,
  type OperationClaim,
  type OperationRecord,
  type OperationResult,
  type OperationStore,
  type OverdueOperations,
  payloadBytes,
  type RenewedLease,
} from "./store.ts";

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

const noBytes = new Uint8Array();

// Rows are never changed in place: whoever has read one may keep it.
interface Row extends OperationClaim {
  /** When it may be claimed, if it is queued; when its lease runs out, if it is running. */
  readonly atMs: number;
  readonly cancelGraceMs: number;
  readonly cancelEndMs: number;
  readonly deleted: boolean;
}

/**
 * Keeps operations in this process's memory, for tests and demonstrations: with the process,
 * everything is gone.
 */
export function memoryStore(options: MemoryStoreOptions = {}): OperationStore {
  const clock = options.clock ?? systemClock;
  // In the order of creation, which is also the order of creation times.
  const rows = new Map<string, Row>();
  // Those that were due when they were queued, in that order; and those that must wait first.
  const queue = new Set<string>();
  const delayed = new Set<string>();
  const running = new Set<string>();
  const listeners = new Set<(changes: readonly OperationChange[]) => void>();
  let unpublished: OperationChange[] = [];
  let lastCreateTimeUs = 0;
  let secret: Uint8Array | undefined;
  let closed = false;

  function open(): void {
    if (closed) {
      throw new Error("The store is closed");
    }
  }

  function put(row: Row, before?: Row): void {
    rows.set(row.name, row);
    if (row.state !== before?.state) {
      index(row, before);
    }
    if (listeners.size > 0) {
      if (unpublished.length === 0) {
        queueMicrotask(publish);
      }
      unpublished.push(row);
    }
  }

  function index({ name, state, atMs }: Row, before: Row | undefined): void {
    if (before?.state === "queued") {
      queue.delete(name);
      delayed.delete(name);
    } else if (before?.state === "running") {
      running.delete(name);
    }
    if (state === "queued") {
      (atMs <= clock.now() ? queue : delayed).add(name);
    } else if (state === "running") {
      running.add(name);
    }
  }

  function publish(): void {
    const changes = unpublished;
    unpublished = [];
    for (const listener of listeners) {
      listener(changes);
    }
  }

  function end(row: Row, result: OperationResult): Row {
    return {
      ...row,
      state: "done",
      request: noBytes,
      fence: row.fence + 1,
      result: row.deleted ? undefined : result,
      endTimeUs: Math.round(clock.now() * 1000),
    };
  }

  function apply(row: Row, write: LeasedWrite): Row | undefined {
    if (write.kind === "report") {
      return { ...row, metadata: write.metadata };
    }
    if (write.kind === "lose") {
      if (row.atMs > clock.now()) {
        return undefined;
      }
      const lost = { ...row, losses: row.losses + 1 };
      const result = row.cancelRequested ? write.ifCancelled : write.result;
      return result === undefined ? requeue(lost, write.delayMs) : end(lost, result);
    }
    const latest = write.metadata === undefined ? row : { ...row, metadata: write.metadata };
    if (row.cancelRequested && write.ifCancelled !== undefined) {
      return end(latest, write.ifCancelled);
    }
    return write.kind === "end" ? end(latest, write.result) : requeue(latest, 0);
  }

  function requeue(row: Row, delayMs: number): Row {
    return { ...row, state: "queued", fence: row.fence + 1, atMs: clock.now() + delayMs };
  }

  return {
    async insert(operation: NewOperation, leaseMs?: number): Promise<OperationRecord> {
      open();
      if (rows.has(operation.name)) {
        throw new Error(`An operation "${operation.name}" exists already`);
      }
      const now = clock.now();
      lastCreateTimeUs = Math.max(lastCreateTimeUs + 1, Math.round(now * 1000));
      const claimed = leaseMs === undefined ? 0 : 1;
      const row: Row = {
        name: operation.name,
        method: operation.method,
        request: operation.request,
        metadata: operation.metadata,
        maxLosses: operation.maxLosses,
        cancelGraceMs: operation.cancelGraceMs,
        state: claimed === 1 ? "running" : "queued",
        attempt: claimed,
        fence: claimed,
        losses: 0,
        cancelRequested: false,
        deleted: false,
        createTimeUs: lastCreateTimeUs,
        endTimeUs: undefined,
        result: undefined,
        atMs: now + (leaseMs ?? 0),
        cancelEndMs: Number.POSITIVE_INFINITY,
      };
      put(row);
      return row;
    },

    async read(name: string): Promise<OperationRecord | undefined> {
      open();
      const row = rows.get(name);
      return row === undefined || row.deleted ? undefined : row;
    },

    async list({ limit, maxBytes, after }: ListQuery): Promise<ListPage> {
      open();
      const records: OperationRecord[] = [];
      let bytes = 0;
      // Creation times are distinct within a store, so the name never decides.
      for (const row of [...rows.values()].reverse()) {
        if (row.deleted || (after !== undefined && row.createTimeUs >= after.createTimeUs)) {
          continue;
        }
        bytes += payloadBytes(row);
        if (records.length === limit || (bytes > maxBytes && records.length > 0)) {
          return { records, more: true };
        }
        records.push(row);
      }
      return { records, more: false };
    },

    async claim({ methods, limit, leaseMs }: ClaimQuery): Promise<readonly OperationClaim[]> {
      open();
      const now = clock.now();
      const due = (names: Iterable<string>, most: number) => {
        const found: Row[] = [];
        for (const name of names) {
          const row = rows.get(name);
          if (row !== undefined && row.atMs <= now && methods.includes(row.method)) {
            found.push(row);
          }
          if (found.length === most) {
            break;
          }
        }
        return found;
      };
      const candidates = [...due(delayed, delayed.size), ...due(queue, limit)];
      candidates.sort((a, b) => a.atMs - b.atMs || a.createTimeUs - b.createTimeUs);
      return candidates.slice(0, limit).map((row) => {
        const claim: Row = {
          ...row,
          state: "running",
          attempt: row.attempt + 1,
          fence: row.fence + 1,
          atMs: now + leaseMs,
        };
        put(claim, row);
        return claim;
      });
    },

    async renew(leases: readonly Lease[], leaseMs: number): Promise<readonly RenewedLease[]> {
      open();
      return leases.map(({ name, fence }) => {
        const row = rows.get(name);
        if (row?.state !== "running" || row.fence !== fence) {
          return { held: false, cancelRequested: false };
        }
        rows.set(name, { ...row, atMs: clock.now() + leaseMs });
        return { held: true, cancelRequested: row.cancelRequested };
      });
    },

    async update({ name, fence }: Lease, write: LeasedWrite): Promise<boolean> {
      open();
      const row = rows.get(name);
      if (row?.state !== "running" || row.fence !== fence) {
        return false;
      }
      const next = apply(row, write);
      if (next !== undefined) {
        put(next, row);
      }
      return next !== undefined;
    },

    async cancel(name: string, result: OperationResult): Promise<boolean> {
      open();
      const row = rows.get(name);
      if (row === undefined || row.deleted) {
        return false;
      }
      if (row.state === "queued") {
        put(end({ ...row, cancelRequested: true }, result), row);
      } else if (row.state === "running" && !row.cancelRequested) {
        put({ ...row, cancelRequested: true, cancelEndMs: clock.now() + row.cancelGraceMs }, row);
      }
      return true;
    },

    async delete(name: string): Promise<boolean> {
      open();
      const row = rows.get(name);
      if (row === undefined || row.deleted) {
        return false;
      }
      put({ ...row, deleted: true, result: undefined }, row);
      return true;
    },

    async overdue(limit: number): Promise<OverdueOperations> {
      open();
      const now = clock.now();
      const byDeadline = [...running]
        .flatMap((name) => rows.get(name) ?? [])
        .map((row) => ({ row, atMs: Math.min(row.atMs, row.cancelEndMs) }))
        .sort((a, b) => a.atMs - b.atMs);
      const overdue = byDeadline.filter(({ atMs }) => atMs <= now).slice(0, limit);
      const next = byDeadline[overdue.length];
      return {
        overdue: overdue.map(({ row }) => ({
          name: row.name,
          fence: row.fence,
          method: row.method,
          losses: row.losses,
          maxLosses: row.maxLosses,
          reason: row.atMs <= now ? "lease" : "cancel",
        })),
        nextInMs: next === undefined ? undefined : Math.max(0, next.atMs - now),
      };
    },

    async purge(limit: number): Promise<number> {
      open();
      let purged = 0;
      for (const row of rows.values()) {
        if (purged === limit) {
          break;
        }
        if (row.deleted && row.state === "done") {
          rows.delete(row.name);
          purged++;
        }
      }
      return purged;
    },

    subscribe(listener: (changes: readonly OperationChange[]) => void): () => void {
      open();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async secret(): Promise<Uint8Array> {
      open();
      secret ??= crypto.getRandomValues(new Uint8Array(32));
      return secret;
    },

    async close(): Promise<void> {
      closed = true;
      listeners.clear();
    },
  };
}
