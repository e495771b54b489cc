// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const forever: TreeHandler = async () => {
  await gate().passed;
  return {};
};

/** A replica that is closed in the test, and one that answers afterwards. */
function closing(tree: TreeHandler) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const [link, other] = [linkTo(store), linkTo(store)];
  const a = replica(tree, { store: link.store, clock });
  const b = replica(tree, { store: other.store, clock, work: false });
  return { clock, link, a, b };
}

test("what ends within the drain ends, undisturbed", async () => {
  const done = gate();
  const signals: AbortSignal[] = [];
  const { clock, a, b } = closing(async ({ root }, { signal }) => {
    signals.push(signal);
    await done.passed;
    if (root === "/bad") {
      throw new ConnectError("no such tree", Code.FailedPrecondition);
    }
    return { treeDigest: "done" };
  });
  await using _ = b;
  const names = [await a.start("/good"), await a.start("/bad")];
  await turns();
  const closed = a.operations.close();
  await clock.advance(9_999);
  done.open();
  await closed;
  expect(await b.outcome(names[0] ?? "")).toMatchObject({ response: { treeDigest: "done" } });
  expect(await b.outcome(names[1] ?? "")).toMatchObject({
    error: { code: Code.FailedPrecondition },
  });
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test("the drain lasts ten seconds unless told otherwise, and what is left is released", async () => {
  const { clock, link, a, b } = closing(forever);
  await using _ = b;
  await a.start();
  await turns();
  let closed = false;
  const closing_ = a.operations.close().then(() => {
    closed = true;
  });
  await clock.advance(9_999);
  expect(closed).toBe(false);
  expect(link.calls.update).toBe(0);
  await clock.advance(1);
  await closing_;
  expect(link.calls.update).toBe(1);
});

test("a cancel request reaches a handler that is draining", async () => {
  const { clock, a, b } = closing(async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  });
  await using _ = b;
  const name = await a.start();
  await turns();
  const closed = a.operations.close();
  await b.api.cancelOperation({ name });
  await closed;
  expect(await b.outcome(name)).toMatchObject({ kind: "cancelled" });
  expect(clock.monotonic()).toBe(0);
});

test("close() answers every pending WaitOperation with the latest state", async () => {
  const { clock, a, b } = closing(async (_, operation) => {
    await operation.report({ filesDone: 3n });
    await gate().passed;
    return {};
  });
  await using _ = b;
  const name = await a.start();
  await turns();
  const waits = Array.from({ length: 100 }, () => a.api.waitOperation({ name }));
  await turns();
  const closed = a.operations.close();
  const answers = await Promise.all(waits);
  expect(answers.every(({ done, metadata }) => !done && metadata !== undefined)).toBe(true);
  // A wait that comes while others drain does not hold them up.
  expect(await a.api.waitOperation({ name })).toMatchObject({ done: false });
  await clock.advance(10_000);
  await closed;
});

test("an operation whose claim is answered after the shutdown began is given back", async () => {
  const invoked: number[] = [];
  const { clock, link, a, b } = closing(async (_, { attempt }) => {
    invoked.push(attempt);
    return {};
  });
  await using _ = b;
  const answer = gate();
  link.before = (method) => (method === "claim" ? answer.passed : undefined);
  const name = await b.start();
  await until(() => link.calls.claim > 1);
  const closed = a.operations.close({ drainMs: 1_000 });
  await clock.advance(5_000);
  answer.open();
  await closed;
  expect(invoked).toEqual([]);
  b.operations.work();
  await until(async () => (await b.outcome(name)).kind === "succeeded");
  expect(invoked).toEqual([2]);
});

test("an operation that is stored after the shutdown began is answered, and given back", async () => {
  const invoked: number[] = [];
  const { link, a, b } = closing(async (_, { attempt }) => {
    invoked.push(attempt);
    return {};
  });
  await using _ = b;
  await turns();
  const inserted = gate();
  link.before = (method) => (method === "insert" ? inserted.passed : undefined);
  const starting = a.start();
  await turns();
  const closed = a.operations.close();
  inserted.open();
  const name = await starting;
  await closed;
  expect(invoked).toEqual([]);
  b.operations.work();
  await until(async () => (await b.outcome(name)).kind === "succeeded");
});

test("what is started while others drain is stored, and left to another replica", async () => {
  const { clock, a, b } = closing(forever);
  await using _ = b;
  await a.start();
  await turns();
  const closed = a.operations.close();
  const name = await a.start();
  expect(await b.outcome(name)).toMatchObject({ kind: "running" });
  await clock.advance(10_000);
  await closed;
});

test("after close() every call is answered UNAVAILABLE, so that callers turn elsewhere", async () => {
  const { a, b } = closing(async () => ({}));
  await using _ = b;
  const name = await a.start();
  await a.operations.close();
  const refused = expect.objectContaining({
    code: Code.Unavailable,
    rawMessage: "this server is shutting down",
  });
  await expect(a.start()).rejects.toEqual(refused);
  await expect(a.api.getOperation({ name })).rejects.toEqual(refused);
  await expect(a.api.listOperations({})).rejects.toEqual(refused);
  await expect(a.api.waitOperation({ name })).rejects.toEqual(refused);
  await expect(a.api.cancelOperation({ name })).rejects.toEqual(refused);
  await expect(a.api.deleteOperation({ name })).rejects.toEqual(refused);
  expect(a.errors).toEqual([]);
});

test("close() ends while the store is away", async () => {
  const { clock, link, a, b } = closing(async ({ root }) => {
    if (root === "/quick") {
      return {};
    }
    await gate().passed;
    return {};
  });
  await using _ = b;
  await a.start("/slow");
  await turns();
  link.down = true;
  const closed = a.operations.close({ drainMs: 1_000 });
  await clock.advance(1_000);
  await closed;
  expect(a.errors).toMatchObject([{ error: { message: "The link is down" } }]);
});

test("a result that cannot be stored does not hold up the shutdown", async () => {
  const done = gate();
  const { clock, link, a, b } = closing(async () => {
    await done.passed;
    return {};
  });
  await using _ = b;
  await a.start();
  await turns();
  link.down = true;
  done.open();
  await turns();
  const closed = a.operations.close({ drainMs: 1_000 });
  await clock.advance(1_000);
  await closed;
  const calls = link.calls.update;
  await clock.advance(60_000);
  expect(link.calls.update).toBe(calls);
});

test("a result that the store would not take is offered once more", async () => {
  const { clock, link, a, b } = closing(async () => ({ treeDigest: "done" }));
  await using _ = b;
  const refused = gate();
  link.before = (method) => {
    if (method === "update") {
      refused.open();
      throw new Error("The store is away");
    }
  };
  const name = await a.start();
  await refused.passed;
  link.before = () => undefined;
  const closed = a.operations.close({ drainMs: 0 });
  await clock.advance(0);
  await closed;
  expect(await b.outcome(name)).toMatchObject({ response: { treeDigest: "done" } });
  expect(a.errors).toHaveLength(1);
});

test("close() lets a sweep finish before it closes the store", async () => {
  const { clock, link, a, b } = closing(forever);
  await using _ = b;
  const swept = gate();
  link.before = (method) => (method === "overdue" ? swept.passed : undefined);
  await clock.advance(5_000);
  const closed = a.operations.close();
  await turns();
  expect(link.calls.close).toBe(0);
  swept.open();
  await closed;
  expect(link.calls.close).toBe(1);
  expect(a.errors).toEqual([]);
});

test("nothing goes on after close(), even if a handler does", async () => {
  const { clock, link, a, b } = closing(forever);
  await using _ = b;
  await a.start();
  await turns();
  const closed = a.operations.close({ drainMs: 0 });
  await clock.advance(0);
  await closed;
  const before = { ...link.calls };
  a.operations.work();
  await clock.advance(3_600_000);
  expect(link.calls).toEqual(before);
  expect(a.errors).toEqual([]);
});

test("close() may be called twice, and before work()", async () => {
  const { link, a, b } = closing(forever);
  await Promise.all([a.operations.close(), a.operations.close(), b.operations.close()]);
  await a.operations.close();
  expect(link.calls.close).toBe(1);
});

test("await using closes", async () => {
  const link = linkTo(memoryStore());
  {
    await using _ = replica(forever, { store: link.store, clock: steppedClock() }).operations;
  }
  expect(link.calls.close).toBe(1);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("drainMs %s is refused", async (ms) => {
  const { a, b } = closing(forever);
  await using _a = a;
  await using _b = b;
  await expect(a.operations.close({ drainMs: ms })).rejects.toThrow(/Expected `drainMs`/);
});
