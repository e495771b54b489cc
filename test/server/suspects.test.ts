// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ChecksumTreeRequestSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import type { OperationStore } from "../../src/server/index.ts";
import { type Gate, gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { type SteppedClock, steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const method = "checksum.v1.ChecksumService/ChecksumTree";
const ifCancelled = { kind: "error", code: 1, status: new Uint8Array([8, 1]) } as const;

/** Queues operations that have lost so many leases. */
async function lost(store: OperationStore, clock: SteppedClock, names: readonly string[]) {
  for (const root of names) {
    const request = toBinary(
      ChecksumTreeRequestSchema,
      create(ChecksumTreeRequestSchema, { root }),
    );
    await store.insert(newOperation(root, { method, request }), { kind: "queued" });
  }
  for (let loss = 0; loss < 2; loss++) {
    const query = { methods: [method], limit: 10, suspectLimit: 10, leaseMs: 1_000 };
    const claims = await store.claim(query);
    expect(claims).toHaveLength(names.length);
    await clock.advance(1_000);
    for (const claim of claims) {
      await store.update(claim, { kind: "lose", delayMs: 0, ifCancelled });
    }
  }
}

describe.each(stores)("on $name", ({ open }) => {
  async function running(names: readonly string[]) {
    const clock = steppedClock();
    const shared = await open(clock);
    await lost(shared.store, clock, names);
    const link = linkTo(shared.store);
    const gates = new Map<string, Gate>();
    const started: string[] = [];
    const a = replica(
      async ({ root }) => {
        started.push(root);
        const done = gate();
        gates.set(root, done);
        await done.passed;
        return {};
      },
      { store: link.store, clock, concurrency: 4, leaseMs: 30_000 },
    );
    await until(() => started.length > 0);
    return {
      clock,
      link,
      a,
      started,
      end: (root: string) => gates.get(root)?.open(),
      async [Symbol.asyncDispose]() {
        await a[Symbol.asyncDispose]();
        await shared[Symbol.asyncDispose]();
      },
    };
  }

  test("a process runs one suspect at a time, beside as many others as it likes", async () => {
    await using t = await running(["operations/a", "operations/b", "operations/c"]);
    await t.a.start("operations/d");
    await t.a.start("operations/e");
    await until(() => t.started.length === 3);
    // Whatever makes it look for work, there is one suspect already.
    await t.clock.advance(20_000);
    expect(t.started).toEqual(["operations/a", "operations/d", "operations/e"]);
    t.end("operations/d");
    await t.clock.advance(10_000);
    expect(t.started).toHaveLength(3);
    const before = t.clock.monotonic();
    t.end("operations/a");
    await until(() => t.started.length === 4);
    expect(t.started[3]).toBe("operations/b");
    t.end("operations/b");
    await until(() => t.started.length === 5);
    expect(t.clock.monotonic()).toBe(before);
  });

  test("one that has lost its lease once more, and goes on, keeps no other waiting", async () => {
    await using t = await running(["operations/a", "operations/b"]);
    t.link.before = (call) => {
      if (call === "renew") {
        throw new Error("no renewal gets through");
      }
    };
    await t.clock.advance(29_000);
    expect(t.started).toEqual(["operations/a"]);
    await t.clock.advance(1_000);
    await turns();
    await until(() => t.started.includes("operations/b"));
  });
});
