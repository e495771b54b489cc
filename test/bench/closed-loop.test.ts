// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect, test } from "vitest";
import { callInFlight, closedLoop } from "../../bench/workload/closed-loop.ts";

const load = fc.record({
  count: fc.integer({ min: 0, max: 50 }),
  inFlight: fc.integer({ min: 1, max: 8 }),
});

test("calls are made as often as asked, and no more of them at a time", async () => {
  await fc.assert(
    fc.asyncProperty(load, async ({ count, inFlight }) => {
      let calls = 0;
      let pending = 0;
      let most = 0;
      await callInFlight({ count, inFlight }, async () => {
        calls++;
        pending++;
        most = Math.max(most, pending);
        await Promise.resolve();
        pending--;
      });
      expect(calls).toBe(count);
      expect(most).toBe(Math.min(count, inFlight));
    }),
  );
});

test("a call that fails ends it", async () => {
  const call = () => Promise.reject(new Error("refused"));
  await expect(callInFlight({ count: 3, inFlight: 2 }, call)).rejects.toThrow("refused");
});

test("whatever ends in a closed loop makes room for the next", async () => {
  await fc.assert(
    fc.asyncProperty(load, async ({ count, inFlight }) => {
      let begun = 0;
      let ended = 0;
      const loop = closedLoop({ count, inFlight }, () => {
        begun++;
        expect(begun - ended).toBeLessThanOrEqual(inFlight);
        queueMicrotask(() => {
          ended++;
          loop.ended();
        });
      });
      loop.start();
      await loop.finished;
      expect([begun, ended]).toEqual([count, count]);
    }),
  );
});
