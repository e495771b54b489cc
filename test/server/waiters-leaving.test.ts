// SPDX-License-Identifier: Apache-2.0

import { getEventListeners } from "node:events";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { createWaiters } from "../../src/server/api/waiters.ts";
import { gate } from "./gate.ts";
import { turns, until } from "./turns.ts";
import { full, wait, waiting } from "./waiting.ts";

test("a caller who has gone frees its waiter, even during the first look", async () => {
  const { link, waiters, queue } = waiting();
  await queue("a");
  const [early, later] = [new AbortController(), new AbortController()];
  const first = waiters.wait("a", { ...wait, signal: later.signal });
  await turns();
  const looked = gate();
  link.before = (method) => (method === "read" ? looked.passed : undefined);
  const second = waiters.wait("a", { ...wait, signal: early.signal });
  const outcomes = Promise.all([first.catch((error) => error), second.catch((error) => error)]);
  expect(waiters.size).toBe(2);
  early.abort();
  later.abort();
  expect(waiters.size).toBe(0);
  await turns();
  looked.open();
  expect(await outcomes).toMatchObject([{ code: Code.Canceled }, { code: Code.Canceled }]);
});

test("a caller who has gone already is not waited for", async () => {
  const { waiters, link, queue } = waiting();
  await queue("a");
  await expect(waiters.wait("a", { ...wait, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: Code.Canceled,
  });
  expect(link.calls.read).toBe(0);
  expect(waiters.size).toBe(0);
});

test("a store that fails fails the wait, and leaves nothing behind", async () => {
  const { link, waiters, queue, end } = waiting();
  await queue("a");
  const waits = [waiters.wait("a", wait)];
  await turns();
  link.before = (method) => {
    if (method === "read") {
      throw new Error("no read gets through");
    }
  };
  waits.push(waiters.wait("a", wait));
  await end("a");
  for (const outcome of await Promise.allSettled(waits)) {
    expect(outcome).toMatchObject({
      status: "rejected",
      reason: { message: "no read gets through" },
    });
  }
  expect(waiters.size).toBe(0);
});

test("whoever was answered listens to no signal any more", async () => {
  const { clock, waiters, queue, end } = waiting();
  const names = ["done", "ends", "times out", "closes"] as const;
  const signals = names.map(() => new AbortController().signal);
  const listening = () => signals.map((signal) => getEventListeners(signal, "abort").length);
  for (const name of names) {
    await queue(name);
  }
  await end("done");
  const waits = names.map((name, i) =>
    waiters.wait(name, {
      ...wait,
      timeoutMs: name === "times out" ? 1_000 : 60_000,
      signal: signals[i] ?? wait.signal,
    }),
  );
  await turns();
  expect(listening()).toEqual([0, 1, 1, 1]);
  await end("ends");
  await clock.advance(1_000);
  expect(listening()).toEqual([0, 0, 0, 1]);
  await waiters.close();
  await Promise.all(waits);
  expect(listening()).toEqual([0, 0, 0, 0]);
});

test("there is a subscription only while somebody waits", async () => {
  const { store, clock, queue, end } = waiting();
  let subscriptions = 0;
  const waiters = createWaiters({
    store: {
      ...store,
      subscribe(listener) {
        subscriptions++;
        const unsubscribe = store.subscribe(listener);
        return () => {
          subscriptions--;
          unsubscribe();
        };
      },
    },
    clock,
    max: 10,
    full: () => full,
  });
  await queue("a");
  await queue("b");
  const [a, b] = [waiters.wait("a", wait), waiters.wait("b", wait)];
  await turns();
  expect(subscriptions).toBe(1);
  await end("a");
  await a;
  expect(subscriptions).toBe(1);
  await end("b");
  await b;
  await until(() => subscriptions === 0);
});
