// SPDX-License-Identifier: Apache-2.0

import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAhead } from "../../../examples/checksum/tree/read-ahead.ts";

async function* from<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items;
}

const { signal } = new AbortController();

describe("readAhead", () => {
  test("keeps the order and the limit, whichever is ready first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 5 })),
        fc.integer({ min: 1, max: 4 }),
        async (turns, limit) => {
          let running = 0;
          const map = async (wait: number) => {
            running += 1;
            expect(running).toBeLessThanOrEqual(limit);
            for (let turn = 0; turn < wait; turn++) {
              await nextTurn();
            }
            running -= 1;
            return wait;
          };
          const results: number[] = [];
          for await (const result of readAhead(from(turns), { limit, signal, map })) {
            results.push(result);
          }
          expect(results).toEqual(turns);
        },
      ),
    );
  });

  test("works ahead of its consumer", async () => {
    const started: number[] = [];
    const map = async (item: number) => started.push(item);
    const results = readAhead(from([1, 2, 3, 4, 5]), { limit: 3, signal, map });
    await results.next();
    expect(started).toEqual([1, 2, 3]);
    await results.return(undefined);
  });

  test.each(["its consumer leaves", "an item fails", "the signal aborts"] as const)(
    "stops what is in flight, waits for it, and closes the source when %s",
    async (reason) => {
      const controller = new AbortController();
      let closed = false;
      let settled = 0;
      async function* source(): AsyncGenerator<number, void> {
        try {
          yield* [0, 1, 2, 3, 4];
        } finally {
          closed = true;
        }
      }
      const results = readAhead(source(), {
        limit: 4,
        signal: controller.signal,
        async map(item, signal) {
          if (item === 0) {
            return item;
          }
          if (item === 1 && reason === "an item fails") {
            throw new Error(reason);
          }
          while (!signal.aborted) {
            await nextTurn();
          }
          settled += 1;
          throw signal.reason;
        },
      });
      expect(await results.next()).toEqual({ value: 0, done: false });
      if (reason === "its consumer leaves") {
        await results.return(undefined);
        expect(settled).toBe(3);
      } else {
        const next = results.next();
        if (reason === "the signal aborts") {
          controller.abort(new Error(reason));
        }
        await expect(next).rejects.toThrow(reason);
      }
      expect(closed).toBe(true);
      expect(settled).toBeGreaterThanOrEqual(3);
    },
  );
});
