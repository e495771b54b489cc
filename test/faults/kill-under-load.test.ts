// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { connect, freshPath } from "../stores/sqlite/files.ts";
import { createLedger } from "./ledger.ts";
import { startLoad } from "./load.ts";
import { type Clients, readLog, startLoadServer } from "./load-server-process.ts";
import { randomFrom } from "./random.ts";

const kills = 25;
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`kill -9 under load, ${kills} times, loses nothing that a client was told (FAULT_SEED=${seed})`, async () => {
  const database = freshPath();
  const log = join(database, "../log");
  const random = randomFrom(seed);
  const ledger = createLedger();

  const start = () => startLoadServer({ database, log, leaseMs: 2_000 });
  let server = start();
  async function clients(): Promise<Clients> {
    for (;;) {
      const current = server;
      try {
        return await current.clients;
      } catch (error) {
        // One that was killed before it listened is followed by another one.
        if (current === server) {
          throw error;
        }
      }
    }
  }
  const load = startLoad({ ledger, seed, inFlight: 200, waiters: 50, clients });

  for (let kill = 0; kill < kills; kill++) {
    // Now and then it does not even get to listen.
    if (random.fraction() < 0.85) {
      await server.clients;
    }
    await delay(random.between(0, 1_200));
    server.kill("SIGKILL");
    expect(await server.ended).toBe("SIGKILL");
    server = start();
  }
  await load.stop();

  // What is left of deleted operations ends too.
  const unended = connect(database).prepare(
    "SELECT count(*) AS count FROM operation WHERE state < 2",
  );
  await expect.poll(() => unended.all(), { timeout: 60_000 }).toEqual([{ count: 0 }]);

  const kept = ledger.entries.filter(({ deleted }) => !deleted);
  const listed = await everything(await clients());
  expect([...listed.keys()].sort()).toEqual(kept.map(({ name }) => name).sort());
  for (const entry of kept) {
    ledger.seen(entry, listed.get(entry.name));
  }
  const looked = ledger.entries.map(async (entry) => ledger.seen(entry, await load.look(entry)));
  await Promise.all(looked);

  const told = readLog(log);
  const ended = told.flatMap((event) => (event.kind === "ended" ? [event.name] : []));
  expect(ended).toHaveLength(new Set(ended).size);
  // It would prove little if nothing had been going on.
  expect(new Set(told.map(({ pid }) => pid)).size).toBeGreaterThan(kills / 2);
  expect(told.map(({ kind }) => kind)).toContain("lost");
  expect(ledger.entries.length).toBeGreaterThan(250);
}, 300_000);

async function everything({ operations }: Clients): Promise<Map<string, Operation>> {
  const listed = new Map<string, Operation>();
  let pageToken = "";
  do {
    const page = await operations.listOperations({ pageSize: 1000, pageToken });
    for (const operation of page.operations) {
      listed.set(operation.name, operation);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return listed;
}
