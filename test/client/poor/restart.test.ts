// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { Code } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createNodeServer, nodeAdapter } from "../../../src/node/index.ts";
import { type PoorWorld, poorWorld, socketKinds } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The server's process ends at once, and nobody listens any more. */
async function gone({ front, opened }: PoorWorld): Promise<void> {
  // Not in good order: connect-node takes the end of a stream without an error for no end at all, and
  // waits for its deadline.
  front.die();
  await opened.close();
}

/** The server is back where it was. */
async function restarted({ front, operations }: PoorWorld) {
  const handler = front.wrap(nodeAdapter({ routes: operations.routes }));
  const server = createNodeServer(handler, { graceMs: 0 }).listen(front.port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe.each(socketKinds)("over $name", (kind) => {
  test.each([
    { what: "a minute", awayMs: minuteMs, mostCalls: 20 },
    { what: "a quarter of an hour", awayMs: 15 * minuteMs, mostCalls: 190 },
  ])("a server that is away for $what is waited for", async ({ awayMs, mostCalls }) => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    const codes = new Set<Code>();
    const operation = await world.start();
    const result = operation.result({ onPollError: ({ code }) => codes.add(code) });
    await world.time.pass(10 * secondMs);
    await gone(world);
    await world.time.pass(awayMs);
    expect(world.count("wait")).toBeGreaterThan(5);
    expect(world.calls.length).toBeLessThanOrEqual(mostCalls);
    expect(codes.size).toBeGreaterThan(0);
    expect([...codes]).not.toContain(Code.Unimplemented);
    await using _server = await restarted(world);
    const before = world.calls.length;
    await world.time.pass(20 * secondMs);
    expect(world.calls.length).toBe(before + 1);
    world.operations.finish();
    expect(await world.time.until(result, secondMs)).toMatchObject({
      value: { treeDigest: "abc" },
    });
    expect(world.calls.length).toBe(before + 1);
  });

  test("an operation that ended while the server was away is found so", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * secondMs);
    await gone(world);
    await world.time.pass(minuteMs);
    world.operations.finish();
    await using _server = await restarted(world);
    expect(await world.time.until(result, 10 * secondMs)).toMatchObject({ status: "fulfilled" });
    expect(world.calls.length).toBeLessThan(20);
  });

  test("a server that is away ends nothing but the time given", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    await world.time.idle();
    await gone(world);
    const result = operation.result({ timeoutMs: 5 * minuteMs });
    const beganMs = world.time.nowMs;
    expect(await world.time.until(result)).toMatchObject({
      status: "rejected",
      reason: { kind: "timed-out", operationName: "operations/poor" },
    });
    expect(world.time.nowMs - beganMs).toBe(5 * minuteMs);
    const { length } = world.calls;
    await world.time.pass(minuteMs);
    expect(world.calls.length).toBe(length);
  });
});
