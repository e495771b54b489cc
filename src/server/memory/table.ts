// SPDX-License-Identifier: Apache-2.0

import { type Agenda, agenda } from "./agenda.ts";
import { type CreationOrder, creationOrder } from "./creation-order.ts";
import { type Queue, queue } from "./queue.ts";
import { noBytes, type Row } from "./row.ts";

/** The rows, and every order that they are looked for in. */
export interface Table {
  get(name: string): Row | undefined;
  /** The row that a request key stands for; it may have been removed. */
  byRequestKey(key: string): Row | undefined;
  /** The row that took an exclusive key last; it may have let go of it. */
  byExclusiveKey(key: string): Row | undefined;
  /** An owner's rows, or all, newest first; those that were created before a time, or all. */
  newestFirst(owner: string | undefined, beforeUs: number | undefined): Iterable<Row>;
  readonly queued: Queue;
  readonly running: Agenda<Row>;
  readonly done: Agenda<Row>;
  /** Rows that were removed, but whose request keys are remembered. */
  readonly remembered: Agenda<Row>;
  /** Adds a row, which was created last, and whose keys nobody else has. */
  add(row: Row): void;
  /** Takes a row out of where its state and its times put it, changes those, and puts it back. */
  move(row: Row, change: (row: Row) => void): void;
  /** Removes a row that is done. */
  remove(row: Row, nowMs: number): void;
  /** Forgets the request key of a row that was removed. */
  forget(row: Row): void;
}

export function memoryTable(): Table {
  const rows = new Map<string, Row>();
  const requestKeys = new Map<string, Row>();
  const exclusiveKeys = new Map<string, Row>();
  const all = creationOrder<Row>();
  const byOwner = new Map<string, CreationOrder<Row>>();
  const queued = queue();
  const running = agenda<Row>();
  const done = agenda<Row>();
  const remembered = agenda<Row>();

  function placeOf({ state }: Row): Pick<Agenda<Row>, "add" | "remove"> {
    return state === "queued" ? queued : state === "running" ? running : done;
  }

  function ownersRows(owner: string): CreationOrder<Row> {
    let order = byOwner.get(owner);
    if (order === undefined) {
      order = creationOrder();
      byOwner.set(owner, order);
    }
    return order;
  }

  function forget({ requestKey }: Row): void {
    if (requestKey !== undefined) {
      requestKeys.delete(requestKey);
    }
  }

  return {
    queued,
    running,
    done,
    remembered,
    get: (name) => rows.get(name),
    byRequestKey: (key) => requestKeys.get(key),
    byExclusiveKey: (key) => exclusiveKeys.get(key),
    newestFirst: (owner, beforeUs) =>
      (owner === undefined ? all : byOwner.get(owner))?.before(
        beforeUs ?? Number.POSITIVE_INFINITY,
      ) ?? [],

    add(row) {
      rows.set(row.name, row);
      all.add(row);
      ownersRows(row.owner).add(row);
      if (row.requestKey !== undefined) {
        requestKeys.set(row.requestKey, row);
      }
      if (row.exclusiveKey !== undefined) {
        exclusiveKeys.set(row.exclusiveKey, row);
      }
      placeOf(row).add(row);
    },

    move(row, change) {
      placeOf(row).remove(row);
      change(row);
      placeOf(row).add(row);
    },

    remove(row, nowMs) {
      done.remove(row);
      rows.delete(row.name);
      row.removed = true;
      all.removed();
      const ownersOrder = ownersRows(row.owner);
      ownersOrder.removed();
      if (ownersOrder.size === 0) {
        byOwner.delete(row.owner);
      }
      if (row.exclusiveKey !== undefined && exclusiveKeys.get(row.exclusiveKey) === row) {
        exclusiveKeys.delete(row.exclusiveKey);
      }
      row.request = noBytes;
      row.metadata = undefined;
      row.result = undefined;
      if (row.rememberEndMs > nowMs) {
        row.dueMs = row.rememberEndMs;
        remembered.add(row);
      } else {
        forget(row);
      }
    },

    forget(row) {
      remembered.remove(row);
      forget(row);
    },
  };
}
