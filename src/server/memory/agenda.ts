// SPDX-License-Identifier: Apache-2.0

/** Something that is to be seen to at a time. It is in one agenda at most. */
export interface Due {
  /** Changes only while it is in no agenda. */
  readonly dueMs: number;
  /** Decides between those that are due at one time. */
  readonly createTimeUs: number;
  /** Where in its agenda it stands; the agenda's own. */
  place: number;
}

/** What is due, earliest first: a binary heap that each item knows its place in. */
export interface Agenda<T extends Due> {
  readonly first: T | undefined;
  add(item: T): void;
  /** The item must be in it. */
  remove(item: T): void;
  /** At most this many, in order. */
  earliest(count: number): T[];
}

export function agenda<T extends Due>(): Agenda<T> {
  const heap: T[] = [];

  function put(item: T, place: number): void {
    heap[place] = item;
    item.place = place;
  }

  function rise(item: T, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(item, parent)) {
        break;
      }
      put(parent, place);
      place = above;
    }
    put(item, place);
  }

  function sink(item: T, from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a !== undefined && b !== undefined && isBefore(b, a) ? b : a;
      if (child === undefined || !isBefore(child, item)) {
        break;
      }
      const below = child.place;
      put(child, place);
      place = below;
    }
    put(item, place);
  }

  return {
    get first() {
      return heap[0];
    },
    add: (item) => rise(item, heap.length),
    remove({ place }) {
      const last = heap.pop();
      if (last !== undefined && place < heap.length) {
        const parent = heap[(place - 1) >> 1];
        if (parent !== undefined && isBefore(last, parent)) {
          rise(last, place);
        } else {
          sink(last, place);
        }
      }
    },
    earliest(count) {
      const found: T[] = [];
      // What may come next, the earliest last: the children of what was found.
      const candidates: T[] = [];
      const consider = (item: T | undefined) => {
        if (item !== undefined) {
          let index = candidates.length;
          for (let next = candidates[index - 1]; next && isBefore(next, item); ) {
            next = candidates[--index - 1];
          }
          candidates.splice(index, 0, item);
        }
      };
      consider(heap[0]);
      while (found.length < count) {
        const item = candidates.pop();
        if (item === undefined) {
          break;
        }
        found.push(item);
        consider(heap[2 * item.place + 1]);
        consider(heap[2 * item.place + 2]);
      }
      return found;
    },
  };
}

export function isBefore(a: Due, b: Due): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.createTimeUs < b.createTimeUs);
}
