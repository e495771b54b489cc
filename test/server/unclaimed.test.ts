// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore, type OperationEvent } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";

const minuteMs = 60_000;
const ours = "checksum.v1.ChecksumService/ChecksumTree";
const theirs = "acme.v1.Library/Reindex";

test("what nobody has claimed for ten minutes is told of, every ten minutes", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const told: string[] = [];
  const onEvent = (event: OperationEvent) => {
    if (event.kind === "unclaimed") {
      told.push(`${event.name} of ${event.method}`);
    }
  };
  const busy = async () => {
    await gate().passed;
    return {};
  };
  await using _ = replica(busy, {
    store,
    clock,
    concurrency: 1,
    leaseMs: 60 * minuteMs,
    sweepIntervalMs: minuteMs,
    onEvent,
  });
  const queue = (name: string, method: string) =>
    store.insert(newOperation(name, { method }), { kind: "queued" });
  await queue("operations/theirs", theirs);
  // All slots are taken: this one waits too, but for us.
  await queue("operations/ours-1", ours);
  await queue("operations/ours-2", ours);
  await clock.advance(9 * minuteMs);
  await queue("operations/later", theirs);
  expect(told).toEqual([]);
  await clock.advance(minuteMs);
  expect(told).toEqual([`operations/theirs of ${theirs}`]);
  await clock.advance(9 * minuteMs);
  expect(told).toHaveLength(1);
  await clock.advance(minuteMs);
  expect(told.slice(1).sort()).toEqual([
    `operations/later of ${theirs}`,
    `operations/theirs of ${theirs}`,
  ]);
});
