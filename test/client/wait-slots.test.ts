// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { hasFreeSlot, refuseWaits, waitSlotsOf } from "../../src/client/wait-slots.ts";
import { manualClock } from "../../src/testing/index.ts";

const tenMinutesMs = 10 * 60_000;

describe("limits", () => {
  test.each([
    { maxWaits: 2, taken: 0, isFree: true },
    { maxWaits: 2, taken: 1, isFree: true },
    { maxWaits: 2, taken: 2, isFree: false },
    { maxWaits: 0, taken: 0, isFree: false },
    // Outside browsers there is none unless somebody sets one.
    { maxWaits: undefined, taken: 100_000, isFree: true },
  ])("of $maxWaits, where $taken wait: $isFree", ({ maxWaits, taken, isFree }) => {
    const slots = waitSlotsOf({});
    slots.taken = taken;
    expect(hasFreeSlot({ slots, maxWaits, clock: manualClock() })).toBe(isFree);
  });
});

describe("a server without WaitOperation", () => {
  test("is not asked for it for ten minutes, and then again", () => {
    const slots = waitSlotsOf({});
    const clock = manualClock();
    const isFree = () => hasFreeSlot({ slots, maxWaits: undefined, clock });
    expect(isFree()).toBe(true);
    for (let refusal = 0; refusal < 2; refusal += 1) {
      refuseWaits(slots, clock);
      expect(isFree()).toBe(false);
      clock.advance(tenMinutesMs - 1);
      expect(isFree()).toBe(false);
      clock.advance(1);
      expect(isFree()).toBe(true);
    }
  });

  test("is so whatever somebody sets the time of day to", () => {
    const slots = waitSlotsOf({});
    const clock = manualClock();
    refuseWaits(slots, clock);
    clock.setWall(clock.now() + 10 * tenMinutesMs);
    expect(hasFreeSlot({ slots, maxWaits: undefined, clock })).toBe(false);
  });
});

test("who shares a transport shares its slots, and nobody else does", () => {
  const [one, other] = [{}, {}];
  expect(waitSlotsOf(one)).toBe(waitSlotsOf(one));
  expect(waitSlotsOf(one)).not.toBe(waitSlotsOf(other));
});
