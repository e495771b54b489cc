// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { waitSlotsOf } from "../../src/client/wait-slots.ts";

const refusalMs = 10 * 60_000;

describe("limits", () => {
  test("no more may wait than the limit says, and each that goes makes room for one", () => {
    const slots = waitSlotsOf({});
    const limits = { maxWaits: 2, nowMs: 0 };
    expect([slots.take(limits), slots.take(limits)]).toEqual([true, true]);
    expect([slots.isOpen(limits), slots.take(limits)]).toEqual([false, false]);
    slots.release();
    expect(slots.isOpen(limits)).toBe(true);
    expect([slots.take(limits), slots.take(limits)]).toEqual([true, false]);
  });

  test("looking whether there is a slot takes none", () => {
    const slots = waitSlotsOf({});
    const limits = { maxWaits: 1, nowMs: 0 };
    expect([slots.isOpen(limits), slots.isOpen(limits), slots.take(limits)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("0 means that nobody waits", () => {
    expect(waitSlotsOf({}).take({ maxWaits: 0, nowMs: 0 })).toBe(false);
  });

  test("outside browsers there is none unless somebody sets one", () => {
    const slots = waitSlotsOf({});
    const taken = Array.from({ length: 10_000 }, () =>
      slots.take({ maxWaits: undefined, nowMs: 0 }),
    );
    expect(taken.every((took) => took)).toBe(true);
  });
});

describe("a server without WaitOperation", () => {
  test("is not asked for it for ten minutes, and then again", () => {
    const slots = waitSlotsOf({});
    const at = (nowMs: number) => slots.isOpen({ maxWaits: undefined, nowMs });
    slots.refuse(1_000);
    expect([at(1_000), at(1_000 + refusalMs - 1)]).toEqual([false, false]);
    expect(slots.take({ maxWaits: undefined, nowMs: 2_000 })).toBe(false);
    expect(at(1_000 + refusalMs)).toBe(true);
  });

  test("may refuse again", () => {
    const slots = waitSlotsOf({});
    slots.refuse(0);
    slots.refuse(refusalMs);
    expect(slots.isOpen({ maxWaits: undefined, nowMs: 2 * refusalMs - 1 })).toBe(false);
    expect(slots.isOpen({ maxWaits: undefined, nowMs: 2 * refusalMs })).toBe(true);
  });
});

test("who shares a transport shares its slots, and nobody else does", () => {
  const [one, other] = [{}, {}];
  waitSlotsOf(one).refuse(0);
  const limits = { maxWaits: undefined, nowMs: 1 };
  expect(waitSlotsOf(one).isOpen(limits)).toBe(false);
  expect(waitSlotsOf(other).isOpen(limits)).toBe(true);
});
