// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { transportKinds } from "../transports.ts";
import { cut } from "./poor-front.ts";
import { type ChecksumHandle, type PoorWorld, poorWorld, socketKinds } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;
const nightMs = 8 * 60 * minuteMs;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The machine sleeps for a night, and at most two calls are made in the second after it woke. */
async function expectCalmAfterNight(world: PoorWorld): Promise<void> {
  const before = world.calls.length;
  world.time.leap(nightMs);
  await world.time.idle();
  await world.time.pass(secondMs);
  expect(world.calls.length - before).toBeLessThanOrEqual(2);
}

async function expectFinished(world: PoorWorld, operation: ChecksumHandle): Promise<void> {
  const result = operation.result();
  world.operations.finish();
  expect(await world.time.until(result, 20 * secondMs)).toMatchObject({
    value: { treeDigest: "abc" },
  });
}

describe.each(transportKinds)("over $name", (kind) => {
  test("a night in mid wait", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * secondMs);
    await expectCalmAfterNight(world);
    await expectFinished(world, operation);
    await result;
  });

  test("a night in mid wait, after which the operation is done", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * secondMs);
    world.time.leap(nightMs);
    world.operations.finish();
    expect(await world.time.until(result, secondMs)).toMatchObject({ status: "fulfilled" });
    expect(world.count("wait")).toBeLessThanOrEqual(2);
  });

  test("a night while listening", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const following = (async () => {
      for await (const _metadata of operation.progress()) {
        // There is none.
      }
    })();
    await world.time.pass(10 * secondMs + 500);
    const before = world.calls.length;
    world.time.leap(nightMs);
    await world.time.pass(900);
    expect(world.calls.length - before).toBeLessThanOrEqual(2);
    world.operations.finish();
    expect(await world.time.until(following, minuteMs)).toMatchObject({ status: "fulfilled" });
  });

  test("a night in the pause between two looks", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("what is that?", Code.Unimplemented);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(2 * minuteMs + secondMs);
    await expectCalmAfterNight(world);
    await expectFinished(world, operation);
    await result;
  });

  test("a night in the pause after a failure", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("too much to do", Code.Unavailable);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(2 * minuteMs + secondMs);
    await expectCalmAfterNight(world);
    world.operations.poorness.wait = undefined;
    await expectFinished(world, operation);
    await result;
  });

  test("a time limit that ran out in the night is over in the morning", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result({ timeoutMs: 60 * minuteMs });
    await world.time.pass(10 * secondMs);
    world.time.leap(nightMs);
    expect(await world.time.until(result, secondMs)).toMatchObject({
      status: "rejected",
      reason: { kind: "timed-out" },
    });
    const { length } = world.calls;
    await world.time.pass(minuteMs);
    expect(world.calls.length).toBe(length);
  });
});

describe.each(socketKinds)("over $name", (kind) => {
  test("a night after which the connection is dead", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    world.front.next.wait.push({ ...cut, afterMs: nightMs });
    const result = operation.result();
    await world.time.pass(10 * secondMs);
    await expectCalmAfterNight(world);
    await expectFinished(world, operation);
    await result;
  });
});
