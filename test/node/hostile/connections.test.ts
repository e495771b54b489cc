// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawConnection } from "../raw-connection.ts";
import { type AttackedServer, attackedServer, growth } from "./attacked-server.ts";
import { type ConnectionKind, http1Kinds, http2Kinds } from "./connections.ts";
import { expectAllAnswered } from "./good-calls.ts";
import { leakIn } from "./leaks.ts";
import { type Random, random, seedOfRun } from "./random.ts";

const warmUp = 3;
const rounds = 12;

const seed = seedOfRun();
let server: AttackedServer;

beforeAll(async () => {
  server = await attackedServer({
    adapter: { readMaxBytes: 64 * 1024 },
    server: { stallTimeoutMs: 2_000, http2: { settings: { maxConcurrentStreams: 100 } } },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ends = ["end", "reset", "destroy", "wait"] as const;

/** Says what is to be said, listens for a moment, and leaves in one way or another. */
async function converse(kind: ConnectionKind, numbers: Random): Promise<string | undefined> {
  await using connection = await rawConnection(server.port);
  const { socket, closed } = connection;
  const end = numbers.pick(ends);
  kind.talk(connection, numbers);
  await Promise.race([closed, delay(end === "wait" ? 50 : numbers.below(10))]);
  if (end === "end") {
    socket.end();
    await Promise.race([closed, delay(50)]);
  } else if (end === "reset") {
    socket.resetAndDestroy();
  }
  const body = Buffer.from(connection.received, "latin1");
  return leakIn({ status: 0, headers: {}, trailers: {}, body });
}

async function attack(kinds: readonly ConnectionKind[], times: number): Promise<void> {
  const numbers = random(seed + times);
  for (let round = 0; round < times; round++) {
    const leaks = await Promise.all(
      kinds.map(async (kind) => ({ kind: kind.name, leak: await converse(kind, numbers) })),
    );
    expect(leaks.filter(({ leak }) => leak !== undefined)).toEqual([]);
  }
}

test.for([
  ["HTTP/1.1", http1Kinds],
  ["HTTP/2", http2Kinds],
] as const)(
  "%s: connections that say anything at all are left behind by nothing",
  { timeout: 120_000 },
  async ([, kinds]) => {
    await attack(kinds, warmUp);
    const before = await server.held();
    await attack(kinds, rounds);
    await expectAllAnswered(server);
    expect(growth(before, await server.held())).toEqual({});
  },
);

// A session that ends while Node reads it makes Node overwrite its own memory, if not each time.
test("HTTP/2: farewells in the middle of a conversation do no harm", async () => {
  const farewells = http2Kinds.filter(({ name }) => name.startsWith("a farewell"));
  await attack(Array.from({ length: 12 }, () => farewells).flat(), 20);
  await expectAllAnswered(server);
});

test("nothing went wrong that the server would have spoken of", async () => {
  await server.end();
});
