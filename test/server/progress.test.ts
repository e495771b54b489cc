// SPDX-License-Identifier: Apache-2.0

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeContext } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

/** A replica whose handlers are played by the test, until it opens `done`. */
async function handlers(count: number) {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  const contexts: TreeContext[] = [];
  const done = gate();
  const a = replica(
    async (_, operation) => {
      contexts.push(operation);
      await done.passed;
      return {};
    },
    { store: link.store, clock },
  );
  await turns();
  for (let i = 0; i < count; i++) {
    await a.start();
  }
  await until(() => contexts.length === count);
  const filesDone = async (context: TreeContext) =>
    (await a.outcome(context.name)).metadata?.filesDone;
  return { clock, link, a, contexts, done, filesDone };
}

async function handler() {
  const { contexts, ...rest } = await handlers(1);
  const [operation] = contexts;
  if (operation === undefined) {
    throw new Error("no handler runs");
  }
  return { operation, ...rest };
}

test("a thousand reports a second cost two writes", async () => {
  const { clock, link, a, operation, filesDone } = await handler();
  await using _ = a;
  for (let n = 1n; n <= 1000n; n++) {
    operation.report({ filesDone: n });
    await clock.advance(1);
  }
  expect(link.calls.update).toBe(2);
  expect(await filesDone(operation)).toBe(1000n);
});

test("nothing is written when nothing was reported since", async () => {
  const { clock, link, a, operation } = await handler();
  await using _ = a;
  await clock.advance(10_000);
  expect(link.calls.update).toBe(0);
  operation.report({ filesDone: 1n });
  await clock.advance(10_000);
  expect(link.calls.update).toBe(1);
});

test("the progress of all operations is written at the same moment", async () => {
  const { clock, link, a, contexts } = await handlers(10);
  await using _ = a;
  for (const context of contexts) {
    context.report({ filesDone: 1n });
    await clock.advance(10);
  }
  await clock.advance(399);
  expect(link.calls.update).toBe(0);
  await clock.advance(1);
  expect(link.calls.update).toBe(10);
});

test("the last report is written with the ending", async () => {
  const { link, a, operation, done, filesDone } = await handler();
  await using _ = a;
  operation.report({ filesDone: 5n });
  done.open();
  await until(async () => (await a.outcome(operation.name)).kind === "succeeded");
  expect(await filesDone(operation)).toBe(5n);
  expect(link.calls.update).toBe(1);
});

test("a report that is awaited is stored, and has given the event loop a turn", async () => {
  const { clock, a, operation, filesDone } = await handler();
  await using _ = a;
  let turned = false;
  void turn().then(() => {
    turned = true;
  });
  expect(await operation.report({ filesDone: 5n })).toBeUndefined();
  expect(turned).toBe(true);
  expect(await filesDone(operation)).toBe(5n);
  expect(clock.monotonic()).toBe(0);
});

test("a handler that awaits each report lets others go on between them", async () => {
  const { a, operation } = await handler();
  await using _ = a;
  let turnsTaken = 0;
  let stop = false;
  const ticking = (async () => {
    while (!stop) {
      await turn();
      turnsTaken++;
    }
  })();
  for (let n = 0n; n < 100n; n++) {
    await operation.report({ filesDone: n });
  }
  stop = true;
  await ticking;
  expect(turnsTaken).toBeGreaterThanOrEqual(100);
});

test("reports that are awaited together share a write", async () => {
  const { link, a, operation, filesDone } = await handler();
  await using _ = a;
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => operation.report({ filesDone: BigInt(n) })),
  );
  expect(link.calls.update).toBeLessThanOrEqual(2);
  expect(await filesDone(operation)).toBe(99n);
});

test("a report that is made during a write is written after it", async () => {
  const { clock, link, a, operation, filesDone } = await handler();
  await using _ = a;
  const stored = gate();
  link.before = (method) => (method === "update" ? stored.passed : undefined);
  const first = Promise.resolve(operation.report({ filesDone: 1n }));
  await turns();
  let secondStored = false;
  const second = Promise.resolve(operation.report({ filesDone: 2n })).then(() => {
    secondStored = true;
  });
  operation.report({ filesDone: 3n });
  await turns();
  expect(secondStored).toBe(false);
  stored.open();
  await Promise.all([first, second]);
  expect(await filesDone(operation)).toBe(3n);
  expect(link.calls.update).toBe(2);
  operation.report({ filesDone: 4n });
  await clock.advance(500);
  expect(await filesDone(operation)).toBe(4n);
});

test("a report that is made during a write, and not awaited, waits for its turn", async () => {
  const { clock, link, a, operation } = await handler();
  await using _ = a;
  const stored = gate();
  link.before = (method) => (method === "update" ? stored.passed : undefined);
  operation.report({ filesDone: 1n });
  await clock.advance(500);
  operation.report({ filesDone: 2n });
  stored.open();
  await clock.advance(499);
  expect(link.calls.update).toBe(1);
  await clock.advance(1);
  expect(link.calls.update).toBe(2);
});

test("a report that is awaited while the store is away waits until it is back", async () => {
  const { clock, link, a, operation, filesDone } = await handler();
  await using _ = a;
  link.down = true;
  let stored = false;
  const reporting = Promise.resolve(operation.report({ filesDone: 1n })).then(() => {
    stored = true;
  });
  await clock.advance(2_000);
  expect(stored).toBe(false);
  expect(link.calls.update).toBe(5);
  expect(a.errors).toContainEqual({
    error: expect.objectContaining({ message: "The link is down" }),
    context: { operation: operation.name, source: "store" },
  });
  link.down = false;
  await clock.advance(500);
  await reporting;
  expect(await filesDone(operation)).toBe(1n);
});

test("a report that nobody awaits survives an outage too", async () => {
  const { clock, link, a, operation, filesDone } = await handler();
  await using _ = a;
  link.down = true;
  operation.report({ filesDone: 1n });
  await clock.advance(2_000);
  link.down = false;
  await clock.advance(500);
  expect(await filesDone(operation)).toBe(1n);
});
