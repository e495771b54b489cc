// SPDX-License-Identifier: Apache-2.0

interface Created {
  /** Distinct within a store. */
  readonly createTimeUs: number;
  /** Whether the store has removed it: then it is only waiting to be let go. */
  readonly removed: boolean;
}

/** Items in the order in which they were created. */
export interface CreationOrder<T extends Created> {
  /** How many were not removed. */
  readonly size: number;
  /** Adds what was created last. */
  add(item: T): void;
  /** One item was marked as removed. */
  removed(): void;
  /** Those that were created before a time, newest first; removed ones may be among them. */
  before(createTimeUs: number): Iterable<T>;
}

export function creationOrder<T extends Created>(): CreationOrder<T> {
  let items: T[] = [];
  let gone = 0;

  /** How many of them were created before that time. */
  function countBefore(createTimeUs: number): number {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle]?.createTimeUs ?? 0) < createTimeUs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  return {
    get size() {
      return items.length - gone;
    },
    add(item) {
      items.push(item);
    },
    removed() {
      gone++;
      // To close each gap at once would make a removal as slow as there are items.
      if (gone * 2 > items.length) {
        items = items.filter((item) => !item.removed);
        gone = 0;
      }
    },
    *before(createTimeUs) {
      const all = items;
      for (let index = countBefore(createTimeUs) - 1; index >= 0; index--) {
        const item = all[index];
        if (item !== undefined) {
          yield item;
        }
      }
    },
  };
}
