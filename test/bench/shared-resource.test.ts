// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { shared } from "../../bench/harness/shared-resource.ts";

test("what is shared is open from the first who acquires it to the last who releases it", async () => {
  const events: string[] = [];
  const server = shared(async () => {
    events.push("open");
    return {
      async close() {
        events.push("close");
      },
    };
  });
  const [first, second] = await Promise.all([server.acquire(), server.acquire()]);
  expect(first).toBe(second);
  await server.release();
  expect(events).toEqual(["open"]);
  await server.release();
  expect(events).toEqual(["open", "close"]);
  expect(await server.acquire()).not.toBe(first);
  expect(events).toEqual(["open", "close", "open"]);
});
