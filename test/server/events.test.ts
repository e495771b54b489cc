// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { OperationEvent } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { type ReplicaOptions, replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const method = "checksum.v1.ChecksumService/ChecksumTree";
const leaseMs = 30_000;

const untilStopped: TreeHandler = async (_, { signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw signal.reason;
};
const forever: TreeHandler = async () => {
  await gate().passed;
  return {};
};

describe.each(stores)("on $name", ({ open }) => {
  async function telling(tree: TreeHandler, options: Partial<ReplicaOptions> = {}) {
    const clock = steppedClock();
    const shared = await open(clock);
    const links = [linkTo(shared.store), linkTo(shared.store)] as const;
    const [toldA, toldB]: [OperationEvent[], OperationEvent[]] = [[], []];
    const common = { clock, leaseMs, ...options };
    const a = replica(tree, {
      ...common,
      store: links[0].store,
      onEvent: (event) => toldA.push(event),
    });
    const b = replica(tree, {
      ...common,
      store: links[1].store,
      work: false,
      onEvent: (event) => toldB.push(event),
    });
    await turns();
    return {
      clock,
      links,
      a,
      b,
      toldA,
      toldB,
      /** The kinds of the events of both, of all operations but for `started`. */
      kinds: () =>
        [...toldA, ...toldB].map(({ kind }) => kind).filter((kind) => kind !== "started"),
      async [Symbol.asyncDispose]() {
        await a[Symbol.asyncDispose]();
        await b[Symbol.asyncDispose]();
        await shared[Symbol.asyncDispose]();
      },
    };
  }

  test("a life without trouble: how long it queued, ran, and took", async () => {
    const done = gate();
    await using t = await telling(
      async ({ root }) => {
        await (root === "first" ? done.passed : undefined);
        return {};
      },
      { concurrency: 1 },
    );
    const first = await t.b.start("first");
    await until(() => t.toldA.length === 1);
    const name = await t.b.start("second");
    await t.clock.advance(2_000);
    done.open();
    await until(() => t.toldA.length === 4);
    expect(t.toldA).toEqual([
      { kind: "attempted", name: first, method, attempt: 1, queuedMs: 0 },
      {
        kind: "ended",
        name: first,
        method,
        code: undefined,
        elapsedMs: 2_000,
        attempt: 1,
        ranMs: 2_000,
        cutOff: false,
      },
      { kind: "attempted", name, method, attempt: 1, queuedMs: expect.closeTo(2_000, 0) },
      {
        kind: "ended",
        name,
        method,
        code: undefined,
        elapsedMs: expect.closeTo(2_000, 0),
        attempt: 1,
        ranMs: 0,
        cutOff: false,
      },
    ]);
  });

  test("an operation that fails ends with its code", async () => {
    await using t = await telling(async () => {
      throw new ConnectError("no such tree", Code.NotFound);
    });
    const name = await t.b.start();
    await until(() => t.kinds().includes("ended"));
    expect(t.toldA).toMatchObject([
      { kind: "attempted", name },
      { kind: "ended", name, code: Code.NotFound, attempt: 1 },
    ]);
  });

  test("a handler that was cancelled ends its operation, wherever it was cancelled", async () => {
    await using t = await telling(untilStopped);
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    await t.b.api.cancelOperation({ name });
    await until(() => t.kinds().includes("ended"));
    expect(t.toldA).toMatchObject([
      { kind: "attempted" },
      { kind: "ended", name, code: Code.Canceled, attempt: 1, cutOff: false },
    ]);
    expect(t.toldB.map(({ kind }) => kind)).toEqual(["started", "cancel-requested"]);
  });

  test("a failure that a cancel request has overtaken is told as cancelled", async () => {
    const act = gate();
    const ending = gate();
    await using t = await telling(async () => {
      await act.passed;
      throw new Error("broken");
    });
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    const [link] = t.links;
    link.deaf = true;
    link.before = (call) => (call === "update" ? ending.passed : undefined);
    act.open();
    await until(() => link.calls.update === 1);
    await t.b.api.cancelOperation({ name });
    ending.open();
    await until(() => t.toldA.length === 2);
    expect(t.toldA[1]).toMatchObject({ kind: "ended", code: Code.Canceled });
  });

  test("a shutdown releases what has begun, and nothing is told twice", async () => {
    await using t = await telling(forever);
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    const closed = t.a.operations.close({ drainMs: 1_000 });
    await t.clock.advance(1_000);
    await closed;
    expect(t.toldA.slice(1)).toEqual([
      { kind: "released", name, method, attempt: 1, ranMs: 1_000 },
    ]);
  });

  test("a cancelled operation that is given back ends, and was not released", async () => {
    await using t = await telling(forever);
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    const [link] = t.links;
    link.deaf = true;
    await t.b.api.cancelOperation({ name });
    const closed = t.a.operations.close({ drainMs: 1_000 });
    await t.clock.advance(1_000);
    await closed;
    expect(t.toldA.slice(1)).toMatchObject([{ kind: "ended", name, code: Code.Canceled }]);
  });

  test("a lease that ran out is told by who finds it, and the late handler by its own process", async () => {
    const late = gate();
    await using t = await telling(async (_, { attempt }) => {
      await (attempt === 1 ? late.passed : undefined);
      return {};
    });
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    t.links[0].down = true;
    t.b.operations.work();
    await t.clock.advance(leaseMs);
    await until(() => t.toldB.some(({ kind }) => kind === "ended"));
    expect(t.toldB.slice(1)).toMatchObject([
      { kind: "lost", name, method, losses: 1 },
      { kind: "attempted", name, attempt: 2 },
      { kind: "ended", name, code: undefined, attempt: 2, cutOff: false },
    ]);
    expect(t.toldB[2]).not.toHaveProperty("queuedMs");
    t.links[0].down = false;
    late.open();
    await until(() => t.toldA.length === 2);
    expect(t.toldA[1]).toEqual({ kind: "overtaken", name, method, attempt: 1, ranMs: leaseMs });
  });

  test("one loss too many is a loss and an end", async () => {
    await using t = await telling(forever, { maxLosses: 0 });
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    t.links[0].down = true;
    t.b.operations.work();
    await t.clock.advance(leaseMs);
    await until(() => t.toldB.some(({ kind }) => kind === "ended"));
    expect(t.toldB.slice(1)).toEqual([
      { kind: "lost", name, method, losses: 1 },
      { kind: "ended", name, method, code: Code.Aborted, elapsedMs: leaseMs, cutOff: false },
    ]);
  });

  test("a handler that goes on for longer than its grace is cut off, and told of when it settles", async () => {
    const late = gate();
    await using t = await telling(
      async () => {
        await late.passed;
        return {};
      },
      { cancelGraceMs: 1_000 },
    );
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    await t.b.api.cancelOperation({ name });
    await t.clock.advance(1_100);
    await until(() => t.kinds().includes("ended"));
    late.open();
    await until(() => t.kinds().includes("overtaken"));
    expect(t.toldA.slice(1)).toMatchObject([
      { kind: "ended", name, code: Code.Canceled, cutOff: true },
      { kind: "overtaken", name, attempt: 1 },
    ]);
    expect(t.toldA[1]).not.toHaveProperty("ranMs");
  });

  test("two replicas that sweep tell of one loss between them", async () => {
    await using t = await telling(forever);
    await t.b.start();
    await until(() => t.toldA.length === 1);
    t.b.operations.work();
    t.links[0].before = (call) => {
      if (call === "renew") {
        throw new Error("no renewal gets through");
      }
    };
    await t.clock.advance(leaseMs);
    await until(() => t.kinds().filter((kind) => kind === "attempted").length === 2);
    expect(t.kinds().filter((kind) => kind === "lost")).toHaveLength(1);
  });

  test("what was deleted still ends, though nobody sees with what", async () => {
    const done = gate();
    await using t = await telling(async () => {
      await done.passed;
      throw new ConnectError("broken", Code.DataLoss);
    });
    const name = await t.b.start();
    await until(() => t.toldA.length === 1);
    await t.b.api.deleteOperation({ name });
    done.open();
    await until(() => t.toldA.length === 2);
    expect(t.toldA[1]).toMatchObject({ kind: "ended", code: Code.DataLoss });
    expect(t.toldB[1]).toEqual({ kind: "deleted", name });
  });

  test("a write that failed is told of once it is stored, once", async () => {
    await using t = await telling(async () => ({}));
    t.links[0].before = (call) => {
      if (call === "update" && t.links[0].calls.update <= 3) {
        throw new Error("no update gets through");
      }
    };
    await t.b.start();
    await until(() => t.links[0].calls.update === 1);
    expect(t.kinds()).toEqual(["attempted"]);
    await t.clock.advance(2_000);
    await until(() => t.kinds().length === 2);
    await t.clock.advance(10_000);
    expect(t.kinds()).toEqual(["attempted", "ended"]);
  });
});

test.each([
  {
    how: "throws",
    onEvent() {
      throw new Error("broken");
    },
  },
  {
    how: "rejects",
    async onEvent() {
      throw new Error("broken");
    },
  },
])("a listener that $how takes nothing along, and onError is told", async ({ onEvent }) => {
  const clock = steppedClock();
  const [{ open }] = stores as [(typeof stores)[number]];
  await using shared = await open(clock);
  await using a = replica(async () => ({}), { store: shared.store, clock, onEvent });
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind === "succeeded");
  await turns();
  expect(a.errors).toHaveLength(3);
  expect(a.errors).toMatchObject(a.errors.map(() => ({ error: { message: "broken" } })));
});
