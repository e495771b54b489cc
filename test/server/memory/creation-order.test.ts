// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import { type CreationOrder, creationOrder } from "../../../src/server/memory/creation-order.ts";

interface Item {
  readonly createTimeUs: number;
  removed: boolean;
}

function filled(count: number): { items: readonly Item[]; order: CreationOrder<Item> } {
  const order = creationOrder<Item>();
  const items = Array.from({ length: count }, (_, index) => ({
    createTimeUs: index * 10,
    removed: false,
  }));
  for (const item of items) {
    order.add(item);
  }
  return { items, order };
}

function remove(order: CreationOrder<Item>, item: Item): void {
  item.removed = true;
  order.removed();
}

test("it begins before any time, newest first", () => {
  const { items, order } = filled(4);
  const times = (beforeUs: number) => [...order.before(beforeUs)].map((item) => item.createTimeUs);
  expect(times(Number.POSITIVE_INFINITY)).toEqual([30, 20, 10, 0]);
  expect(times(31)).toEqual([30, 20, 10, 0]);
  expect(times(30)).toEqual([20, 10, 0]);
  expect(times(11)).toEqual([10, 0]);
  expect(times(0)).toEqual([]);
  expect(order.size).toBe(items.length);
});

test("it loses nothing that was not removed, and lets go of what was", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(40).keys()]), fc.nat(400), (gone, beforeUs) => {
      const { items, order } = filled(40);
      for (const index of gone) {
        remove(order, items[index] ?? { createTimeUs: 0, removed: false });
      }
      const left = items.filter((item) => !item.removed && item.createTimeUs < beforeUs);
      const given = [...order.before(beforeUs)];
      expect(given.filter((item) => !item.removed)).toEqual(left.toReversed());
      expect(order.size).toBe(40 - gone.length);
      expect([...order.before(1_000)].length).toBeLessThanOrEqual(2 * order.size);
    }),
  );
});

test("it goes on where it is, whatever is added and removed meanwhile", () => {
  const { items, order } = filled(10);
  const given: number[] = [];
  for (const item of order.before(1_000)) {
    given.push(item.createTimeUs);
    remove(order, item);
    order.add({ createTimeUs: 1_000 + given.length, removed: false });
  }
  expect(given).toEqual(items.map((item) => item.createTimeUs).toReversed());
});
