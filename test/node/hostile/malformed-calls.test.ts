// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, expect, test } from "vitest";
import { type AttackedServer, attackedServer, growth } from "./attacked-server.ts";
import { type HttpClient, httpClient } from "./clients.ts";
import { expectAllAnswered } from "./good-calls.ts";
import { leakIn } from "./leaks.ts";
import { type CallKind, callKinds } from "./malformed-calls.ts";
import { type Protocol, protocols } from "./protocols.ts";
import { type Random, random, seedOfRun } from "./random.ts";

const callsPerProtocol = 10_000;
const warmUp = 200;
const inFlight = 32;

const seed = seedOfRun();
let server: AttackedServer;

beforeAll(async () => {
  // With a low limit a bomb need not be large, and so costs the test little.
  server = await attackedServer({ adapter: { readMaxBytes: 64 * 1024 } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ways = protocols.flatMap((protocol) => {
  const encodings = protocols.filter(({ family }) => family === protocol.family).length;
  return (["1.1", "2"] as const).map((version) => ({
    protocol,
    version,
    title: `${protocol.name} over HTTP/${version}`,
    count: callsPerProtocol / encodings / 2,
  }));
});

interface Attack {
  readonly protocol: Protocol;
  readonly client: HttpClient;
  readonly numbers: Random;
  readonly count: number;
}

/** Sends so many calls, of each kind as many. Every answer has to be one of the protocol. */
async function attack({ protocol, client, numbers, count }: Attack): Promise<void> {
  const kinds = callKinds(protocol);
  const faults = new Map<string, string>();
  let sent = 0;
  async function sendInTurn(): Promise<void> {
    while (sent < count) {
      const kind = kinds[sent++ % kinds.length];
      if (kind !== undefined) {
        const fault = await faultIn(kind, { protocol, client, numbers });
        if (fault !== undefined) {
          faults.set(kind.name, fault);
        }
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, sendInTurn));
  expect(Object.fromEntries(faults)).toEqual({});
}

async function faultIn(
  kind: CallKind,
  { protocol, client, numbers }: Omit<Attack, "count">,
): Promise<string | undefined> {
  try {
    const answer = await client.send(kind.make(numbers));
    const outcome = protocol.outcome(answer);
    if (outcome === "error" || (outcome === "ok" && kind.mayBeValid)) {
      return leakIn(answer);
    }
    const { status, headers, trailers, body } = answer;
    const text = body.toString("latin1", 0, 300);
    return `${outcome}: ${JSON.stringify({ status, headers, trailers, text })}`;
  } catch (cause) {
    return String(cause);
  }
}

test.for(ways)(
  "$title: $count malformed calls are answered and leave nothing behind",
  { timeout: 120_000 },
  async ({ protocol, version, count }) => {
    const numbers = random(seed);
    const run = async (count: number) => {
      await using client = httpClient(version, server.port);
      await attack({ protocol, client, numbers, count });
    };
    await run(warmUp);
    const before = await server.held();
    await run(count);
    await expectAllAnswered(server);
    expect(growth(before, await server.held())).toEqual({});
  },
);

test("nothing went wrong that the server would have spoken of", async () => {
  await server.end();
});
