// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { outcomeOf } from "../../src/index.ts";
import type { Job } from "../programs/load-server.ts";
import { freshPath } from "../stores/sqlite/files.ts";
import { type Clients, readLog, startLoadServer } from "./load-server-process.ts";

const types = ChecksumServiceOperations.operations.checksumTree;
// A process as busy as can be loses none of these leases: what moves was given back.
const leaseMs = 60_000;
const drainMs = 6_000;
const soon = { timeout: 10_000, interval: 10 };

test("SIGTERM lets end what can end, gives back the rest, and another process picks it up at once", async () => {
  const database = freshPath();
  const log = join(database, "../log");
  const old = startLoadServer({ database, log, leaseMs, drainMs });
  const a = await old.clients;
  const start = async (job: Partial<Job> & Pick<Job, "id">) => {
    const root = JSON.stringify({ steps: 1, stepMs: 1, fails: false, ...job } satisfies Job);
    return (await a.checksum.checksumTree({ root })).name;
  };
  const many = (prefix: string, job: Partial<Job>) =>
    Promise.all(Array.from({ length: 8 }, (_, n) => start({ ...job, id: `${prefix}${n}` })));
  const [short, long] = [
    await many("short", { stepMs: 3_000 }),
    await many("long", { steps: 3_000, stepMs: 10 }),
  ];
  // They hold all slots, so that this one queues.
  const queued = await start({ id: "queued" });
  const attempted = () => readLog(log).filter(({ kind }) => kind === "attempted");
  await expect.poll(() => attempted().length, soon).toBe(16);
  const waits = long.map((name) => a.operations.waitOperation({ name }));
  await expect.poll(() => filesDone(a, long[0] ?? ""), soon).toBeGreaterThan(0n);

  old.kill("SIGTERM");
  const next = startLoadServer({ database, log, leaseMs });
  const b = await next.clients;
  expect(await old.ended).toBe(0);
  const endedMs = performance.now();
  const moved = () => attempted().filter(({ pid }) => pid === next.pid);
  await expect.poll(() => moved().length, soon).toBe(9);
  expect(performance.now() - endedMs).toBeLessThan(5_000);

  for (const answer of await Promise.all(waits)) {
    expect(answer.done).toBe(false);
  }
  expect(
    moved()
      .flatMap((event) => ("name" in event ? [event.name] : []))
      .sort(),
  ).toEqual([...long, queued].sort());
  // Two processes write the log: only what one of them did has an order in it.
  const kindsFor = (name: string, pid: number | undefined) =>
    readLog(log).flatMap((event) =>
      "name" in event && event.name === name && event.pid === pid ? [event.kind] : [],
    );
  for (const name of short) {
    const outcome = outcomeOf(await b.operations.getOperation({ name }), types);
    expect(outcome).toMatchObject({ kind: "succeeded", metadata: { attempt: 1 } });
    expect(kindsFor(name, old.pid)).toEqual(["started", "attempted", "ended"]);
    expect(kindsFor(name, next.pid)).toEqual([]);
  }
  for (const name of long) {
    expect(kindsFor(name, old.pid)).toEqual(["started", "attempted", "released"]);
    expect(kindsFor(name, next.pid)).toEqual(["attempted"]);
  }
  expect(outcomeOf(await b.operations.waitOperation({ name: queued }), types)).toMatchObject({
    kind: "succeeded",
  });
}, 60_000);

async function filesDone({ operations }: Clients, name: string): Promise<bigint> {
  const { metadata } = outcomeOf(await operations.getOperation({ name }), types);
  return metadata?.filesDone ?? 0n;
}
