// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

const leaseMs = 30_000;
// No divisor of the lease: sweeps must come when they are needed.
const sweepIntervalMs = 7_000;
const hourMs = 3_600_000;

/** One replica that works, and one that sweeps beside it. */
async function pair() {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const [worker, sweeper] = [linkTo(store), linkTo(store)];
  const run = async () => {
    await gate().passed;
    return {};
  };
  const a = replica(run, { store: worker.store, clock, leaseMs, sweepIntervalMs });
  await turns();
  await a.start();
  await turns();
  const b = replica(run, { store: sweeper.store, clock, leaseMs, sweepIntervalMs });
  await turns();
  return { clock, worker, sweeper, a, b };
}

test("a clock that is set forward loses nobody's lease", async () => {
  const { clock, worker, sweeper, a, b } = await pair();
  await using _a = a;
  await using _b = b;
  clock.setWall(clock.now() + hourMs);
  await clock.advance(5 * leaseMs);
  expect(sweeper.claims).toEqual([]);
  expect(worker.claims).toEqual([]);
});

test("a dead worker's lease is lost one lease after the clock was set", async () => {
  const { clock, worker, sweeper, a, b } = await pair();
  await using _a = a;
  await using _b = b;
  worker.down = true;
  clock.setWall(clock.now() + hourMs);
  // The jump is noticed at the next sweep.
  await clock.advance(sweepIntervalMs + leaseMs - 1);
  expect(sweeper.claims).toEqual([]);
  await clock.advance(1);
  expect(sweeper.claims).toHaveLength(1);
});

test("a clock that is set by less than a third of a lease changes nothing", async () => {
  const { clock, worker, sweeper, a, b } = await pair();
  await using _a = a;
  await using _b = b;
  worker.down = true;
  clock.setWall(clock.now() + leaseMs / 3);
  await clock.advance((leaseMs * 2) / 3);
  expect(sweeper.claims).toHaveLength(1);
});

test("a store that was away loses nobody's lease", async () => {
  const { clock, worker, sweeper, a, b } = await pair();
  await using _a = a;
  await using _b = b;
  worker.down = true;
  sweeper.down = true;
  await clock.advance(10 * leaseMs);
  worker.down = false;
  sweeper.down = false;
  await clock.advance(5 * leaseMs);
  expect(sweeper.claims).toEqual([]);
  expect(worker.claims).toEqual([]);
});

test("a dead worker's lease is lost one lease after the store is back", async () => {
  const { clock, worker, sweeper, a, b } = await pair();
  await using _a = a;
  await using _b = b;
  worker.down = true;
  sweeper.down = true;
  await clock.advance(10 * leaseMs);
  sweeper.down = false;
  // That it is back is noticed at the next sweep.
  const nextSweepMs = sweepIntervalMs - (clock.monotonic() % sweepIntervalMs);
  await clock.advance(nextSweepMs + leaseMs - 1);
  expect(sweeper.claims).toEqual([]);
  await clock.advance(1);
  expect(sweeper.claims).toHaveLength(1);
});
