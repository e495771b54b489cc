// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";

/** Items that fall due at the same moment, and share a timer. */
export type DueTogether<Item> = Set<Item>;

/** Many deadlines on few timers: one timer for each waiter would cost more than the waiter. */
export interface Deadlines<Item> {
  /** Has `item` fall due in `delayMs` or a little sooner, unless it leaves the set it is put in. */
  add(item: Item, delayMs: number): DueTogether<Item>;
}

// Two deadlines within this are one.
const stepMs = 16;

/** Calls `onDue` with everything that falls due at a moment. */
export function createDeadlines<Item>(
  clock: Clock,
  onDue: (items: DueTogether<Item>) => void,
): Deadlines<Item> {
  const steps = new Map<number, DueTogether<Item>>();
  return {
    add(item, delayMs) {
      const now = clock.monotonic();
      const step = Math.floor((now + delayMs) / stepMs);
      let items = steps.get(step);
      if (items === undefined) {
        items = new Set();
        steps.set(step, items);
        clock.schedule(
          () => {
            const due = steps.get(step);
            steps.delete(step);
            if (due !== undefined && due.size > 0) {
              onDue(due);
            }
          },
          Math.max(0, step * stepMs - now),
        );
      }
      items.add(item);
      return items;
    },
  };
}
