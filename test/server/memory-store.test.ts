// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/memory/memory-store.ts";
import type { NewOperation, OperationResult } from "../../src/server/store.ts";
import { manualClock } from "../../src/testing/index.ts";

const result: OperationResult = { kind: "error", code: 1, status: new Uint8Array() };

function newOperation(name: string, init: Partial<NewOperation> = {}): NewOperation {
  const request = new Uint8Array(1);
  const numbers = { maxLosses: 5, cancelGraceMs: 1_000, retentionMs: 10_000 };
  return { name, method: "acme.v1.Library/Reindex", owner: "", request, ...numbers, ...init };
}

test("a name and its request key are free once they are over, purged or not", async () => {
  const clock = manualClock();
  const store = memoryStore({ clock });
  const requestKey = { key: "key", rememberMs: 15_000 };
  const insert = async () => {
    const operation = newOperation("operations/a", { requestKey });
    return (await store.insert(operation, { kind: "done", result })).kind;
  };
  expect(await insert()).toBe("inserted");
  expect(await insert()).toBe("duplicate");
  clock.advance(14_999);
  expect(await insert()).toBe("gone");
  clock.advance(1);
  expect(await insert()).toBe("inserted");
  expect(await store.purge(10)).toBe(0);
  expect((await store.read("operations/a"))?.createTimeUs).toBe(clock.now() * 1000);
});

test("a request key of what was purged is free once it is over", async () => {
  const clock = manualClock();
  const store = memoryStore({ clock });
  const requestKey = { key: "key", rememberMs: 15_000 };
  const operation = newOperation("operations/a", { requestKey, retentionMs: 1_000 });
  for (const _ of [1, 2, 3]) {
    const { kind } = await store.insert(operation, { kind: "done", result });
    expect(kind).toBe("inserted");
    clock.advance(1_000);
    expect(await store.purge(10)).toBe(1);
    clock.advance(13_999);
    expect(await store.earlier("key")).toEqual({ kind: "gone" });
    clock.advance(1);
  }
  expect(await store.earlier("key")).toBeUndefined();
  expect(await store.purge(10)).toBe(0);
});

test("what is only remembered for its request key is forgotten by purge", async () => {
  const clock = manualClock();
  const store = memoryStore({ clock });
  for (const id of [1, 2, 3]) {
    const requestKey = { key: `key ${id}`, rememberMs: id * 20_000 };
    await store.insert(newOperation(`operations/${id}`, { requestKey }), { kind: "done", result });
  }
  clock.advance(10_000);
  expect(await store.purge(10)).toBe(3);
  const kinds = () =>
    Promise.all([1, 2, 3].map(async (id) => (await store.earlier(`key ${id}`))?.kind));
  expect(await kinds()).toEqual(["gone", "gone", "gone"]);
  clock.advance(30_000);
  expect(await store.purge(10)).toBe(0);
  expect(await kinds()).toEqual([undefined, undefined, "gone"]);
});

test("a request key is not free before the exclusive key of its operation", async () => {
  const clock = manualClock();
  const store = memoryStore({ clock });
  const requestKey = { key: "key", rememberMs: 0 };
  const operation = newOperation("operations/a", { requestKey, exclusiveKey: "shelf" });
  const insert = async () =>
    (await store.insert(operation, { kind: "claimed", leaseMs: 1_000 })).kind;
  expect(await insert()).toBe("inserted");
  await store.update({ name: "operations/a", fence: 1 }, { kind: "end", result, cutOff: true });
  await store.delete("operations/a");
  clock.advance(999);
  expect(await store.purge(10)).toBe(0);
  expect(await insert()).toBe("gone");
  expect(await store.isTaken("shelf")).toBe(true);
  clock.advance(1);
  expect(await insert()).toBe("inserted");
});

test("a record that it handed out stays as it was", async () => {
  const store = memoryStore({ clock: manualClock() });
  const name = "operations/a";
  const insertion = await store.insert(newOperation(name), { kind: "queued" });
  const changes: unknown[] = [];
  store.subscribe((batch) => changes.push(...batch));
  const query = { limit: 1, maxBytes: 1, maxScanned: 1, maxScanMs: 1 };
  const handedOut = [insertion, await store.read(name), await store.list(query)];
  const before = structuredClone(handedOut);
  const claims = await store.claim({
    methods: ["acme.v1.Library/Reindex"],
    limit: 1,
    suspectLimit: 0,
    leaseMs: 1_000,
  });
  const claimed = structuredClone(claims);
  await store.cancel(name, result);
  await store.update({ name, fence: 1 }, { kind: "end", result });
  await store.delete(name);
  expect(handedOut).toEqual(before);
  expect(claims).toEqual(claimed);
  expect(changes).toMatchObject([
    { state: "running", cancelRequested: false },
    { state: "running", cancelRequested: true },
    { state: "done", deleted: false },
    { state: "done", deleted: true },
  ]);
});
