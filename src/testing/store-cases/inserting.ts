// SPDX-License-Identifier: Apache-2.0

import { checkEqual, checkRejects } from "../check.ts";
import { listedNames } from "./list-queries.ts";
import {
  bytesOf,
  claimAll,
  enqueue,
  fieldsOf,
  inserted,
  leaseMs,
  method,
  newOperation,
  packed,
  type StoreCases,
  stored,
} from "./store-case.ts";

export const inserting: StoreCases = {
  async "insert queues an operation and returns its record"({ store, clock }) {
    const metadata = packed(7);
    const record = await enqueue(store, newOperation("operations/a", { owner: "acme", metadata }));
    const expected = {
      name: "operations/a",
      method,
      owner: "acme",
      state: "queued" as const,
      external: false,
      cancelRequested: false,
      createTimeUs: clock.now() * 1000,
      endTimeUs: undefined,
      metadata,
      result: undefined,
    };
    checkEqual(fieldsOf(record), expected, "what insert returned");
    checkEqual(fieldsOf(await store.read("operations/a")), expected, "what is stored");
  },

  async "insert with a lease makes attempt 1 under fence 1"({ store, clock }) {
    const insertion = await store.insert(newOperation("operations/a"), {
      kind: "claimed",
      leaseMs,
    });
    checkEqual(inserted(insertion).state, "running", "the state that insert returned");
    checkEqual((await stored(store)).state, "running", "the state");
    checkEqual(await claimAll(store), [], "what can be claimed");
    const first = { name: "operations/a", fence: 1 };
    checkEqual(
      await store.update(first, { kind: "report", metadata: packed(1) }),
      true,
      "a report under fence 1",
    );
    clock.advance(leaseMs - 1);
    checkEqual((await store.overdue(10)).overdue, [], "overdue just before the lease ends");
    clock.advance(1);
    const { overdue } = await store.overdue(10);
    checkEqual(overdue.length, 1, "how many are overdue when the lease ends");
    checkEqual(
      await store.update(first, {
        kind: "release",
        ifCancelled: { kind: "error", code: 1, status: bytesOf() },
      }),
      true,
      "a release under fence 1",
    );
    checkEqual((await claimAll(store))[0]?.attempt, 2, "the next attempt");
  },

  async "insert refuses a name that is taken, and that insert alone"({ store }) {
    await enqueue(store, newOperation("operations/a", { metadata: packed(1) }));
    const [before, taken, after] = await Promise.allSettled([
      enqueue(store, newOperation("operations/b")),
      enqueue(store, newOperation("operations/a", { metadata: packed(2) })),
      enqueue(store, newOperation("operations/c")),
    ]);
    checkEqual(before.status, "fulfilled", "the insert before it");
    checkEqual(taken.status, "rejected", "the insert of a taken name");
    checkEqual(after.status, "fulfilled", "the insert after it");
    checkEqual((await stored(store)).metadata, packed(1), "the metadata of the first");
    checkEqual(
      await listedNames(store),
      ["operations/c", "operations/b", "operations/a"],
      "what is stored",
    );
  },

  async "insert lets one of two win that race for a name"({ store }) {
    const race = [1, 2].map((byte) =>
      enqueue(store, newOperation("operations/a", { metadata: packed(byte) })),
    );
    const outcomes = await Promise.allSettled(race);
    const winner = outcomes.findIndex((outcome) => outcome.status === "fulfilled");
    checkEqual(
      outcomes.map((outcome) => outcome.status).sort(),
      ["fulfilled", "rejected"],
      "the outcomes",
    );
    checkEqual((await stored(store)).metadata, packed(winner + 1), "the winner's metadata");
    await checkRejects(enqueue(store, newOperation("operations/a")), "an insert after the race");
  },

  async "insert makes creation times rise, in whole microseconds, whatever the clock does"({
    store,
    clock,
  }) {
    const times: number[] = [];
    const insertTwo = async () => {
      const names = [0, 1].map((index) => `operations/${times.length + index}`);
      const records = await Promise.all(names.map((name) => enqueue(store, newOperation(name))));
      times.push(...records.map((record) => record.createTimeUs));
    };
    await insertTwo();
    await insertTwo();
    clock.advance(0.25);
    await insertTwo();
    clock.setWall(clock.now() - 5_000);
    await insertTwo();
    clock.advance(60_000);
    await insertTwo();
    checkEqual(times.every(Number.isSafeInteger), true, "that all are whole numbers");
    checkEqual(
      times,
      [...new Set(times)].sort((a, b) => a - b),
      "creation times, which must rise",
    );
    const latest = (times.at(-1) ?? 0) / 1000;
    checkEqual(Math.round(latest), Math.round(clock.now()), "the last one, in ms, and the clock");
  },

  async "insert keeps every byte, and tells empty metadata from none"({ store }) {
    const request = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const slice = new Uint8Array(64).fill(9).subarray(10, 12);
    const empty = { typeUrl: "type.googleapis.com/google.protobuf.Empty", value: bytesOf() };
    await enqueue(store, newOperation("operations/a", { request, metadata: empty }));
    await enqueue(store, newOperation("operations/b", { request: slice }));
    await enqueue(store, newOperation("operations/c", { request: bytesOf() }));
    checkEqual((await stored(store, "operations/a")).metadata, empty, "empty metadata");
    checkEqual((await stored(store, "operations/b")).metadata, undefined, "no metadata");
    const requests = (await claimAll(store)).map((claim) => claim.request);
    checkEqual(requests, [request, bytesOf(9, 9), bytesOf()], "the requests");
    checkEqual(
      requests.every((bytes) => bytes.constructor === Uint8Array),
      true,
      "that bytes are plain Uint8Arrays",
    );
  },

  async "read knows no operation that was never inserted"({ store }) {
    await enqueue(store, newOperation("operations/a"));
    for (const name of ["operations/b", "operations/A", "operations/a ", ""]) {
      checkEqual(await store.read(name), undefined, `the record of "${name}"`);
    }
  },
};
