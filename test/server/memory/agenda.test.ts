// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import { agenda, type Due, isBefore } from "../../../src/server/memory/agenda.ts";

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ addDueMs: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ removeIndex: fc.nat() }) },
);

test("an agenda gives what is in it in the order of time, whatever was added and removed", () => {
  fc.assert(
    fc.property(fc.array(step, { size: "max", maxLength: 200 }), fc.nat(100), (steps, count) => {
      const left: Due[] = [];
      const real = agenda<Due>();
      for (const [createTimeUs, change] of steps.entries()) {
        if ("addDueMs" in change) {
          const item = { dueMs: change.addDueMs, createTimeUs, place: -1 };
          left.push(item);
          real.add(item);
        } else if (left.length > 0) {
          for (const item of left.splice(change.removeIndex % left.length, 1)) {
            real.remove(item);
          }
        }
      }
      left.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      expect(real.earliest(count)).toEqual(left.slice(0, count));
      const taken: Due[] = [];
      for (let first = real.first; first !== undefined; first = real.first) {
        real.remove(first);
        taken.push(first);
      }
      expect(taken).toEqual(left);
    }),
    { numRuns: 300 },
  );
});
