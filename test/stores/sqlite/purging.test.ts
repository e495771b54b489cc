// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "../../../src/stores/sqlite/index.ts";
import { manualClock } from "../../../src/testing/index.ts";
import { connect, freshPath } from "./files.ts";
import { insert, newOperation } from "./operations.ts";

const hourMs = 3_600_000;
const metadata = { typeUrl: "type.googleapis.com/acme.v1.Progress", value: Uint8Array.of(1) };
const result = { kind: "response" as const, response: metadata };
const requestKey = { key: "key", rememberMs: 2 * hourMs };

function open() {
  const clock = manualClock();
  const database = connect(freshPath());
  const store = sqliteStore(database, { clock });
  onTestFinished(() => store.close());
  const rows = () =>
    database
      .prepare(
        `SELECT name, create_time_us > 0 AS listed, request_key, exclusive_key,
          ifnull(length(metadata), 0) + ifnull(length(result), 0) + length(request) AS bytes
        FROM operation ORDER BY name`,
      )
      .all()
      .map((row) => ({ ...(row as object), _metadata: undefined }));
  return { clock, store, rows };
}

test("what has ended keeps its request only if it may be asked for again", async () => {
  const { store, rows } = open();
  await insert(store, newOperation("operations/a"), { kind: "done", result });
  await insert(store, newOperation("operations/b"));
  await store.cancel("operations/b", { kind: "error", code: 1, status: new Uint8Array() });
  await insert(store, newOperation("operations/c"), { kind: "claimed", leaseMs: 1_000 });
  await store.update({ name: "operations/c", fence: 1 }, { kind: "end", result });
  await insert(store, newOperation("operations/d", { requestKey }), { kind: "done", result });
  expect(rows().map((row) => "bytes" in row && row.bytes)).toEqual([1, 0, 1, 301]);
});

test("of what has expired nothing is left but the key, and of that nothing when it is forgotten", async () => {
  const { clock, store, rows } = open();
  const init = { metadata, requestKey, exclusiveKey: "shelf", retentionMs: hourMs };
  await insert(store, newOperation("operations/a", init));
  await store.cancel("operations/a", { kind: "error", code: 1, status: new Uint8Array(9) });
  clock.advance(hourMs);
  expect(await store.purge(10)).toBe(1);
  expect(rows()).toEqual([
    { name: "operations/a", listed: 0, request_key: "key", exclusive_key: null, bytes: 0 },
  ]);
  expect(await store.earlier("key")).toEqual({ kind: "gone" });
  clock.advance(hourMs);
  expect(await store.purge(10)).toBe(0);
  expect(rows()).toEqual([]);
});

test("a key that is forgotten makes room for its name as well, purged or not", async () => {
  for (const purge of [true, false]) {
    const { clock, store } = open();
    const init = { requestKey, retentionMs: hourMs };
    await insert(store, newOperation("operations/a", init), { kind: "done", result });
    if (purge) {
      clock.advance(hourMs);
      await store.purge(10);
    }
    clock.advance(2 * hourMs);
    await insert(store, newOperation("operations/a", init));
    expect((await store.read("operations/a"))?.state).toBe("queued");
  }
});

test("an exclusive key whose lease is over is let go by the next one that takes it", async () => {
  const { clock, store, rows } = open();
  const init = { exclusiveKey: "shelf" };
  await insert(store, newOperation("operations/a", init), { kind: "claimed", leaseMs: 1_000 });
  const end = { kind: "end", result, cutOff: true } as const;
  await store.update({ name: "operations/a", fence: 1 }, end);
  expect(await store.isTaken("shelf")).toBe(true);
  clock.advance(1_000);
  await insert(store, newOperation("operations/b", init));
  expect(rows()).toMatchObject([{ exclusive_key: null }, { exclusive_key: "shelf" }]);
});

test("keeping for ever, and remembering for ever, is keeping for very long", async () => {
  const { clock, store } = open();
  const forever = Number.MAX_VALUE;
  await insert(
    store,
    newOperation("operations/a", {
      retentionMs: forever,
      requestKey: { key: "key", rememberMs: forever },
    }),
    { kind: "external", timeoutMs: forever },
  );
  await store.cancel("operations/a", { kind: "error", code: 1, status: new Uint8Array() });
  await store.update({ name: "operations/a", fence: 1 }, { kind: "end", result });
  clock.advance(1_000_000 * hourMs);
  expect(await store.purge(10)).toBe(0);
  expect((await store.earlier("key"))?.kind).toBe("duplicate");
});
