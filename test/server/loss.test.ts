// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { type ReplicaOptions, replica, type TreeHandler, type TreeOutcome } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const leaseMs = 30_000;

/** A replica none of whose renewals gets through, so that it loses every lease. */
function losing(tree: TreeHandler, options: Partial<ReplicaOptions> = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  link.before = (method) => {
    if (method === "renew") {
      throw new Error("no renewal gets through");
    }
  };
  return {
    clock,
    store,
    link,
    a: replica(tree, { store: link.store, clock, leaseMs, ...options }),
  };
}

test("a lost operation rests for 0, 1, 5, 30, 30 s, and its sixth loss is the end", async () => {
  const startedMs: number[] = [];
  const { clock, link, a } = losing(async () => {
    startedMs.push(clock.monotonic());
    await gate().passed;
    return {};
  });
  await using _ = a;
  await turns();
  const name = await a.start();
  await clock.advance(10 * leaseMs);
  const restedMs = startedMs.slice(1).map((at, i) => at - leaseMs - (startedMs[i] ?? 0));
  expect(restedMs).toEqual([0, 1_000, 5_000, 30_000, 30_000]);
  expect(link.claims.map((claim) => [claim.attempt, claim.losses])).toEqual([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
    [6, 5],
  ]);
  expectLost(await a.outcome(name));
});

test("a second replica claims what a first one has lost, after its rest", async () => {
  const { clock, store, link, a } = losing(async () => {
    await gate().passed;
    return {};
  });
  await using _a = a;
  const name = await a.start();
  await turns();
  link.down = true;
  const linkB = linkTo(store);
  await using b = replica(async () => ({ treeDigest: "b" }), {
    store: linkB.store,
    clock,
    leaseMs,
  });
  await clock.advance(leaseMs);
  await until(async () => (await b.outcome(name)).kind === "succeeded");
  expect(linkB.claims).toMatchObject([{ attempt: 2, losses: 1 }]);
});

test("all that a replica leaves behind is claimed when its leases end, however much it is", async () => {
  const { clock, store, link, a } = losing(
    async () => {
      await gate().passed;
      return {};
    },
    { concurrency: 250 },
  );
  await using _a = a;
  await Promise.all(Array.from({ length: 250 }, () => a.start()));
  await turns();
  link.down = true;
  const linkB = linkTo(store);
  const run = async () => ({});
  await using _b = replica(run, { store: linkB.store, clock, leaseMs, concurrency: 250 });
  await clock.advance(leaseMs);
  await until(() => linkB.claims.length === 250);
  expect(clock.monotonic()).toBe(leaseMs);
});

test("an operation in its rest is cancelled at once, and never claimed again", async () => {
  const { clock, link, a } = losing(async () => {
    await gate().passed;
    return {};
  });
  await using _ = a;
  await turns();
  const name = await a.start();
  // Twice lost: it rests for a second.
  await clock.advance(2 * leaseMs);
  expect(link.claims).toHaveLength(1);
  await a.api.cancelOperation({ name });
  expect(await a.outcome(name)).toMatchObject({ kind: "cancelled" });
  await clock.advance(2 * leaseMs);
  expect(link.claims).toHaveLength(1);
});

test("an operation that is deleted in its rest is claimed once", async () => {
  const { clock, link, a } = losing(async () => {
    await gate().passed;
    return {};
  });
  await using _ = a;
  await turns();
  const name = await a.start();
  await clock.advance(2 * leaseMs);
  // The replica hears nothing, so that the rest is over when the operation is deleted.
  link.down = true;
  await clock.advance(4_000);
  link.down = false;
  await a.api.deleteOperation({ name });
  await clock.advance(5_000);
  expect(link.claims.map(({ attempt }) => attempt)).toEqual([2, 3]);
});

test.each([{ maxLosses: 0 }, { maxLosses: 2 }])(
  "with maxLosses $maxLosses, one loss more is the end",
  async ({ maxLosses }) => {
    const { clock, link, a } = losing(
      async () => {
        await gate().passed;
        return {};
      },
      { maxLosses },
    );
    await using _ = a;
    await turns();
    const name = await a.start();
    await clock.advance(10 * leaseMs);
    expect(link.claims).toHaveLength(maxLosses);
    expectLost(await a.outcome(name));
  },
);

test("a method's own maxLosses takes the place of the option", async () => {
  const run = async () => {
    await gate().passed;
    return {};
  };
  const { clock, link, a } = losing({ run, maxLosses: 1 }, { maxLosses: 4 });
  await using _ = a;
  await turns();
  const name = await a.start();
  await clock.advance(10 * leaseMs);
  expect(link.claims).toHaveLength(1);
  expectLost(await a.outcome(name));
});

test("releases are free, however many there are", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const name = await startedBy(store, clock);
  for (let deploy = 1; deploy <= 10; deploy++) {
    const link = linkTo(store);
    const run = async () => {
      await gate().passed;
      return {};
    };
    await using old = replica(run, { store: link.store, clock, leaseMs, maxLosses: 1 });
    await until(() => link.claims.length === 1);
    expect(link.claims).toMatchObject([{ name, attempt: deploy, losses: 0 }]);
    expect(await old.outcome(name)).toMatchObject({ kind: "running" });
  }
});

test("with maxLosses 0 a release is the end too", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const run = async () => {
    await gate().passed;
    return {};
  };
  const first = replica(run, { store: linkTo(store).store, clock, maxLosses: 0 });
  await using watching = replica(run, { store: linkTo(store).store, clock, work: false });
  const name = await first.start();
  await turns();
  await first[Symbol.asyncDispose]();
  expectLost(await watching.outcome(name));
});

test("with maxLosses 0 a handler that gives up when its lease runs out has ended", async () => {
  const { clock, a } = losing(
    async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    },
    { maxLosses: 0 },
  );
  await using _ = a;
  const name = await a.start();
  await clock.advance(leaseMs * 0.9);
  expectLost(await a.outcome(name));
});

async function startedBy(
  store: ReturnType<typeof memoryStore>,
  clock: ReturnType<typeof steppedClock>,
) {
  const options = { store: linkTo(store).store, clock, work: false, maxLosses: 1 };
  await using front = replica(async () => ({}), options);
  return await front.start();
}

function expectLost(outcome: TreeOutcome): void {
  expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.Aborted } });
  const reason = outcome.kind === "failed" && outcome.error.findDetails(ErrorInfoSchema)[0]?.reason;
  expect(reason).toBe("WORKER_LOST");
}
