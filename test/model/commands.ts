// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { turns } from "../server/turns.ts";
import { check } from "./check.ts";
import type { Model } from "./model.ts";
import {
  ask,
  crash,
  pageThrough,
  pickName,
  report,
  restart,
  resume,
  settle,
  start,
  startTwice,
  stop,
  wait,
} from "./steps.ts";
import type { World } from "./world.ts";

/** A step of a sequence. It does nothing where it makes no sense. */
export type Command = fc.AsyncCommand<Model, World>;

function command(text: string, step: (world: World) => Promise<void> | void): Command {
  return {
    check: () => true,
    async run(_, world) {
      await step(world);
      await turns(6);
      await check(world);
    },
    toString: () => text,
  };
}

const slots = fc.integer({ min: 0, max: 1 });
const index = fc.nat({ max: 30 });
const id = fc.integer({ min: 1, max: 4 }).map((number) => `request-${number}`);

/** Every command there is. */
export const commands: fc.Arbitrary<Command>[] = [
  slots.map((slot) => command(`start on ${slot}`, (world) => start(world, slot, "/"))),
  fc
    .tuple(slots, id)
    .map(([slot, root]) => command(`${root} on ${slot}`, (world) => start(world, slot, root))),
  fc
    .tuple(slots, id)
    .map(([slot, root]) =>
      command(`${root} on ${slot}, twice`, (world) => startTwice(world, slot, root)),
    ),
  fc
    .tuple(index, fc.boolean())
    .map(([at, awaited]) =>
      command(`report ${at}${awaited ? ", awaited" : ""}`, (world) => report(world, at, awaited)),
    ),
  index.map((at) =>
    command(`finish ${at}`, (world) => settle(world, at, `ok ${world.nextNumber()}`)),
  ),
  index.map((at) =>
    command(`fail ${at}`, (world) => settle(world, at, `failed ${world.nextNumber()}`)),
  ),
  fc.tuple(slots, index).map(([slot, at]) =>
    command(`cancel ${at} on ${slot}`, async (world) => {
      const name = pickName(world, at);
      if (
        await ask(world, { slot, name }, ({ replica }) => replica.api.cancelOperation({ name }))
      ) {
        world.model.cancelled(name);
      }
    }),
  ),
  fc.tuple(slots, index).map(([slot, at]) =>
    command(`delete ${at} on ${slot}`, async (world) => {
      const name = pickName(world, at);
      if (
        await ask(world, { slot, name }, ({ replica }) => replica.api.deleteOperation({ name }))
      ) {
        world.model.deleted(name);
      }
    }),
  ),
  fc
    .tuple(slots, index)
    .map(([slot, at]) =>
      command(`wait ${at} on ${slot}`, (world) => wait(world, slot, pickName(world, at))),
    ),
  slots.map((slot) => command(`pages on ${slot}`, (world) => pageThrough(world, slot))),
  fc
    .constantFrom(10, 150, 1_000, 1_600, 2_500, 4_500)
    .map((ms) => command(`${ms} ms`, (world) => world.clock.advance(ms))),
  fc.constantFrom(-10_000, -2_000, 2_000, 10_000).map((ms) =>
    command(`the clock is set by ${ms} ms`, (world) => {
      world.clock.setWall(world.clock.now() + ms);
      if (ms > 0) {
        world.model.jumped();
      }
    }),
  ),
  slots.map((slot) => command(`crash ${slot}`, (world) => crash(world, slot))),
  slots.map((slot) => command(`restart ${slot}`, (world) => restart(world, slot))),
  slots.map((slot) =>
    command(`pause ${slot}`, (world) => {
      const process = world.processes[slot];
      if (process !== undefined && process.stoppedMs === undefined) {
        stop(world, process);
      }
    }),
  ),
  slots.map((slot) =>
    command(`resume ${slot}`, (world) => {
      const process = world.processes[slot];
      if (process !== undefined) {
        resume(world, process);
      }
    }),
  ),
];
