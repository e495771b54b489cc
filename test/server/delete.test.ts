// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

function deleting() {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const act = gate();
  const signals: AbortSignal[] = [];
  const ended: string[] = [];
  const a = replica(
    async ({ root }, operation) => {
      signals.push(operation.signal);
      await operation.report({ filesDone: 1n });
      await act.passed;
      operation.signal.throwIfAborted();
      await operation.report({ filesDone: 2n });
      ended.push(root);
      return { treeDigest: "done" };
    },
    { store: link.store, clock, work: false, leaseMs: 30_000 },
  );
  /** Whether the store has forgotten the name. */
  const forgotten = (name: string) =>
    store.insert(newOperation(name), { kind: "queued" }).then(
      () => true,
      () => false,
    );
  return { clock, store, link, act, signals, ended, a, forgotten };
}

test("a deleted operation is gone for every method", async () => {
  const { a } = deleting();
  await using _ = a;
  const [kept, name] = [await a.start(), await a.start()];
  expect(await a.api.deleteOperation({ name })).toMatchObject({
    $typeName: "google.protobuf.Empty",
  });
  for (const call of [
    a.api.getOperation({ name }),
    a.api.waitOperation({ name }),
    a.api.cancelOperation({ name }),
    a.api.deleteOperation({ name }),
  ]) {
    expect(await failureOf(call)).toMatchObject({ code: "NotFound" });
  }
  const { operations } = await a.api.listOperations({});
  expect(operations.map((operation) => operation.name)).toEqual([kept]);
});

test("waits that are pending are answered NOT_FOUND at once", async () => {
  const { clock, a } = deleting();
  await using _ = a;
  a.operations.work();
  const name = await a.start();
  const waits = Array.from({ length: 50 }, () => failureOf(a.api.waitOperation({ name })));
  await turns();
  await a.api.deleteOperation({ name });
  for (const failure of await Promise.all(waits)) {
    expect(failure).toMatchObject({
      code: "NotFound",
      reason: "OPERATION_NOT_FOUND",
      details: { ResourceInfo: { resourceName: name } },
    });
  }
  expect(clock.monotonic()).toBe(0);
});

test("running work goes on, and its result is dropped and purged", async () => {
  const { clock, act, signals, ended, a, forgotten } = deleting();
  await using _ = a;
  a.operations.work();
  await turns();
  const name = await a.start("running");
  await turns();
  await a.api.deleteOperation({ name });
  await clock.advance(90_000);
  expect(signals).toHaveLength(1);
  expect(signals[0]?.aborted).toBe(false);
  expect(await forgotten(name)).toBe(false);
  act.open();
  await until(() => ended.length === 1);
  await turns();
  await expect(a.api.getOperation({ name })).rejects.toMatchObject({ code: Code.NotFound });
  await clock.advance(5_000);
  expect(await forgotten(name)).toBe(true);
  expect(a.errors).toEqual([]);
});

test("queued work is done all the same", async () => {
  const { clock, act, ended, a, forgotten } = deleting();
  await using _ = a;
  const name = await a.start("queued");
  await a.api.deleteOperation({ name });
  act.open();
  a.operations.work();
  await until(() => ended.length === 1);
  await clock.advance(5_000);
  expect(await forgotten(name)).toBe(true);
});

test("what is done is purged, in small batches", async () => {
  const { clock, link, a, forgotten } = deleting();
  await using _ = a;
  const names = await Promise.all(Array.from({ length: 150 }, () => a.start()));
  await Promise.all(names.map((name) => a.api.cancelOperation({ name })));
  await Promise.all(names.map((name) => a.api.deleteOperation({ name })));
  a.operations.work();
  await turns();
  expect(link.calls.purge).toBe(1);
  expect(await forgotten(names[99] ?? "")).toBe(true);
  expect(await forgotten(names[100] ?? "")).toBe(false);
  await clock.advance(50);
  expect(link.calls.purge).toBe(2);
  expect(await forgotten(names[149] ?? "")).toBe(true);
});

test("to cancel first is to stop it", async () => {
  const { clock, act, signals, ended, a, forgotten } = deleting();
  await using _ = a;
  a.operations.work();
  const name = await a.start();
  await turns();
  await a.api.cancelOperation({ name });
  await a.api.deleteOperation({ name });
  expect(signals[0]?.reason).toMatchObject({ code: Code.Canceled });
  act.open();
  await clock.advance(5_000);
  expect(ended).toEqual([]);
  expect(await forgotten(name)).toBe(true);
});

test("deleted work whose worker dies is done by another", async () => {
  const { clock, store, link, act, ended, a, forgotten } = deleting();
  await using _a = a;
  a.operations.work();
  await turns();
  const name = await a.start("first");
  await turns();
  await a.api.deleteOperation({ name });
  link.down = true;
  await using _b = replica(
    async (_, operation) => {
      ended.push(`attempt ${operation.attempt} from ${operation.metadata?.filesDone}`);
      return {};
    },
    { store: linkTo(store).store, clock, leaseMs: 30_000 },
  );
  await clock.advance(40_000);
  expect(ended).toEqual(["attempt 2 from 1"]);
  expect(await forgotten(name)).toBe(true);
  act.open();
});
