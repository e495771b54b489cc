// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { expect } from "vitest";
import { steppedClock } from "../server/stepped-clock.ts";
import type { StoreKind } from "../server/stores.ts";
import { turns } from "../server/turns.ts";
import { check } from "./check.ts";
import { commands } from "./commands.ts";
import { limits } from "./limits.ts";
import { crash, resume, settlePuppet } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

/** Runs random sequences of commands, and checks every answer after each command. */
export async function runSequences(kind: StoreKind, count: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (sequence) => {
      const clock = steppedClock();
      await using opened = await kind.open(clock);
      const world = createWorld(opened.store, clock);
      await fc.asyncModelRun(() => ({ model: world.model, real: world }), sequence);
      await endEverything(world);
    }),
    { numRuns: count },
  );
}

/** With processes that work and handlers that return, every operation ends. */
async function endEverything(world: World): Promise<void> {
  for (const process of world.processes) {
    resume(world, process);
  }
  crash(world, 0);
  for (let round = 0; round < 30 && !allEnded(world); round++) {
    for (const puppet of world.puppets) {
      if (!puppet.settled && !puppet.process.crashed) {
        const kind = puppet.context.signal.aborted ? "failed" : "ok";
        settlePuppet(world, puppet, `${kind} ${world.nextNumber()}`);
      }
    }
    await turns(6);
    await check(world);
    await world.clock.advance(5_000);
    await check(world);
  }
  expect(allEnded(world), "every operation ends").toBe(true);
  await world.clock.advance(limits.waitMs);
  await check(world);
  expect([...world.waits]).toEqual([]);
  for (const process of world.processes) {
    const closing = process.replica.operations.close({ drainMs: 0 });
    await Promise.all([closing, world.clock.advance(0)]);
  }
}

function allEnded({ model }: World): boolean {
  return [...model.operations.values()].every(({ ending, deleted }) => deleted || ending);
}
