// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { limits } from "./limits.ts";
import type { Model } from "./model.ts";
import { observationOf } from "./observation.ts";
import type { PendingWait, World } from "./world.ts";

/** Compares everything that can be seen with the model. */
export async function check(world: World): Promise<void> {
  const { model, faults, waits, clock } = world;
  const [fault] = faults;
  if (fault !== undefined) {
    throw fault;
  }
  checkWaits(waits, model, clock.monotonic());
  checkSignals(world);
  const up = world.processes.find(({ stoppedMs }) => stoppedMs === undefined);
  if (up === undefined) {
    return;
  }
  const { operations } = await up.replica.api.listOperations({ pageSize: 1000 });
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  for (const name of model.operations.keys()) {
    model.observe(name, observationOf(byName.get(name)));
    byName.delete(name);
  }
  if (byName.size > 0) {
    throw new Error(`Nobody has started ${[...byName.keys()].join(", ")}`);
  }
}

function checkWaits(waits: Set<PendingWait>, model: Model, nowMs: number): void {
  for (const wait of waits) {
    const { name, process, startedMs, answer } = wait;
    const waitedMs = nowMs - startedMs;
    if (answer !== undefined || process.crashed) {
      waits.delete(wait);
    }
    if (answer === undefined) {
      const late = !process.missed && (model.isOver(name) || waitedMs >= limits.waitMs);
      if (late && process.stoppedMs === undefined) {
        throw new Error(`A Wait on ${name} is not answered after ${waitedMs} ms`);
      }
    } else if (!(answer instanceof ConnectError)) {
      if (answer.done) {
        model.observe(name, observationOf(answer));
      } else if (waitedMs < limits.waitMs) {
        throw new Error(`A Wait on ${name} is answered early, after ${waitedMs} ms`);
      }
    } else if (answer.code === Code.NotFound) {
      model.observe(name, { kind: "absent" });
    } else if (!process.missed) {
      throw answer;
    }
  }
}

/** Who runs something that was cancelled is told at once, wherever it runs. */
function checkSignals({ puppets, model }: World): void {
  for (const { name, attempt, process, context, settled } of puppets) {
    const cancelled = model.operations.get(name)?.cancelledMs !== undefined;
    const decides = model.decidesForCertain(name, attempt) && !process.crashed;
    if (cancelled && decides && !settled && !context.signal.aborted) {
      throw new Error(`Attempt ${attempt} of ${name} was not told that it is cancelled`);
    }
  }
}
