// SPDX-License-Identifier: Apache-2.0

import type { ClaimQuery, UnclaimedQuery } from "../store.ts";
import { type Agenda, agenda, isBefore } from "./agenda.ts";
import type { Row } from "./row.ts";

/** Rows that wait to be claimed. */
export interface Queue {
  add(row: Row): void;
  remove(row: Row): void;
  /** The row that is to be claimed next; undefined if none is due. */
  next(
    methods: ClaimQuery["methods"],
    options: { nowMs: number; suspects: boolean },
  ): Row | undefined;
  /** Rows of other methods, those that wait longest first. */
  waiting(query: Pick<UnclaimedQuery, "notMethods" | "limit">): readonly Row[];
}

/** The rows of one method: those that may kill their process wait apart. */
interface Lanes {
  readonly usual: Agenda<Row>;
  readonly suspect: Agenda<Row>;
}

/** Whether two leases on it or more were lost. */
export function isSuspect({ losses }: Row): boolean {
  return losses >= 2;
}

export function queue(): Queue {
  const byMethod = new Map<string, Lanes>();

  function laneOf(row: Row): Agenda<Row> {
    let lanes = byMethod.get(row.method);
    if (lanes === undefined) {
      lanes = { usual: agenda(), suspect: agenda() };
      byMethod.set(row.method, lanes);
    }
    return isSuspect(row) ? lanes.suspect : lanes.usual;
  }

  return {
    add: (row) => laneOf(row).add(row),
    remove: (row) => laneOf(row).remove(row),

    next(methods, { nowMs, suspects }) {
      let next: Row | undefined;
      const consider = (row: Row | undefined) => {
        if (row !== undefined && row.dueMs <= nowMs && !(next && isBefore(next, row))) {
          next = row;
        }
      };
      for (const method of methods) {
        const lanes = byMethod.get(method);
        consider(lanes?.usual.first);
        if (suspects) {
          consider(lanes?.suspect.first);
        }
      }
      return next;
    },

    waiting({ notMethods, limit }) {
      const others = [...byMethod].filter(([method]) => !notMethods.includes(method));
      return others
        .flatMap(([, { usual, suspect }]) => [...usual.earliest(limit), ...suspect.earliest(limit)])
        .sort((a, b) => (isBefore(a, b) ? -1 : 1))
        .slice(0, limit);
    },
  };
}
