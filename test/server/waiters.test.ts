// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createWaiters } from "../../src/server/api/waiters.ts";
import type { OperationRecord } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";
import { full, wait, waiting } from "./waiting.ts";

test("waits for an operation look into the store once each, and once more for all when it ends", async () => {
  const { clock, link, waiters, queue, end } = waiting();
  await queue("a");
  const waits = Array.from({ length: 1_000 }, () => waiters.wait("a", wait));
  await clock.advance(30_000);
  expect(waiters.size).toBe(1_000);
  expect(link.calls).toMatchObject({ read: 1_000, subscribe: 1 });
  await end("a");
  const records = await Promise.all(waits);
  expect(records.every((record) => record?.state === "done")).toBe(true);
  expect(link.calls.read).toBe(1_001);
  expect(waiters.size).toBe(0);
});

test("ten thousand waits on one operation are all answered, a share each turn", async () => {
  const { waiters, queue, end } = waiting();
  await queue("a");
  let answered = 0;
  let most = 0;
  const waits = Array.from({ length: 10_000 }, () =>
    waiters.wait("a", wait).then(() => {
      answered++;
    }),
  );
  await turns();
  await end("a");
  for (let before = 0; answered < 10_000; before = answered) {
    await turns(1);
    most = Math.max(most, answered - before);
  }
  await Promise.all(waits);
  expect(most).toBeLessThanOrEqual(256);
});

test("waits on different operations are answered each with its own", async () => {
  const { clock, waiters, queue, end } = waiting();
  for (const name of ["a", "b", "c"]) {
    await queue(name);
  }
  const waits = ["a", "b", "c"].map((name) => waiters.wait(name, { ...wait, timeoutMs: 1_000 }));
  await turns();
  await end("b");
  expect(await waits[1]).toMatchObject({ name: "b", state: "done" });
  expect(waiters.size).toBe(2);
  await clock.advance(1_000);
  expect(await Promise.all(waits)).toMatchObject([
    { name: "a", state: "queued" },
    { name: "b", state: "done" },
    { name: "c", state: "queued" },
  ]);
});

test("an end between the subscription and the first look is seen", async () => {
  const { link, waiters, queue, end } = waiting();
  await queue("a");
  const looked = gate();
  link.before = (method) => (method === "read" ? looked.passed : undefined);
  const answer = waiters.wait("a", wait);
  await turns();
  await end("a");
  looked.open();
  expect(await answer).toMatchObject({ state: "done" });
});

test("an end just after the first look is seen", async () => {
  const { store, waiters, queue, end } = waiting();
  await queue("a");
  const slow = createWaiters({
    store: {
      ...store,
      async read(name): Promise<OperationRecord | undefined> {
        const record = await store.read(name);
        await turns();
        return record;
      },
    },
    clock: steppedClock(),
    max: 10,
    full: () => full,
  });
  const answer = slow.wait("a", wait);
  await turns(1);
  await end("a");
  expect(await answer).toMatchObject({ state: "done" });
  expect(slow.size).toBe(0);
  expect(waiters.size).toBe(0);
});

test("a time out is answered with the latest state, from one look for all", async () => {
  const { clock, link, waiters, queue } = waiting();
  await queue("a");
  const waits = Array.from({ length: 100 }, () => waiters.wait("a", { ...wait, timeoutMs: 1_000 }));
  await turns();
  let answered = false;
  void waits[0]?.then(() => {
    answered = true;
  });
  await clock.advance(980);
  expect(answered).toBe(false);
  await clock.advance(20);
  expect(await Promise.all(waits)).toHaveLength(100);
  expect(link.calls.read).toBe(101);
});

test("time that the first look takes is not waited for again", async () => {
  const { clock, link, waiters, queue } = waiting();
  await queue("a");
  const looked = gate();
  link.before = (method) => (method === "read" ? looked.passed : undefined);
  const waits = [900, 2_000].map((timeoutMs) => waiters.wait("a", { ...wait, timeoutMs }));
  await clock.advance(1_000);
  looked.open();
  expect(await waits[0]).toMatchObject({ state: "queued" });
  await clock.advance(1_000);
  expect(await waits[1]).toMatchObject({ state: "queued" });
  expect(link.calls.read).toBe(3);
});

test("close() has answered everybody when it is done, and from then on nobody waits", async () => {
  const { waiters, queue } = waiting();
  await queue("a");
  let answered = 0;
  const waits = Array.from({ length: 1_000 }, () =>
    waiters.wait("a", wait).then(() => {
      answered++;
    }),
  );
  await turns();
  await waiters.close();
  expect(answered).toBe(1_000);
  await Promise.all(waits);
  expect(await waiters.wait("a", wait)).toMatchObject({ state: "queued" });
});
