// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { lazyPromise } from "../../src/server/lazy-promise.ts";
import { turns } from "./turns.ts";

function counted<T>(result: () => T) {
  const calls = { count: 0 };
  const promise = lazyPromise(async () => {
    calls.count++;
    return result();
  });
  return { calls, promise };
}

test("nothing happens until somebody awaits it, and then anew each time", async () => {
  const { calls, promise } = counted(() => "done");
  await turns();
  expect(calls.count).toBe(0);
  expect(await promise).toBe("done");
  expect(await promise.then((text) => text.length)).toBe(4);
  expect(await Promise.all([promise, Promise.resolve(promise)])).toEqual(["done", "done"]);
  expect(calls.count).toBe(4);
});

test("it rejects those who await it, and nobody else", async () => {
  const { promise } = counted(() => {
    throw new Error("no");
  });
  await turns();
  await expect(promise).rejects.toThrow("no");
  expect(await promise.catch((error: Error) => error.message)).toBe("no");
  let cleanedUp = false;
  await promise.finally(() => (cleanedUp = true)).catch(() => undefined);
  expect(cleanedUp).toBe(true);
  expect(String(promise)).toBe("[object Promise]");
});
