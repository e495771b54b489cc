// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { transportKinds } from "../transports.ts";
import { goingOn } from "./poor-operations.ts";
import { type PoorWorld, poorWorld } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

async function finished(world: PoorWorld, result: Promise<unknown>): Promise<void> {
  world.operations.finish();
  expect(await world.time.until(result, minuteMs)).toMatchObject({
    status: "fulfilled",
    value: { treeDigest: "abc" },
  });
}

describe.each(transportKinds)("over $name", (kind) => {
  test("a good server is asked once in 30 s", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(5 * minuteMs - secondMs);
    expect(world.calls).toHaveLength(1 + 10);
    expect(world.count("wait")).toBe(10);
    await finished(world, result);
    expect(world.calls).toHaveLength(1 + 10);
  });

  test("who does not know how to wait is polled, and asked to wait again after ten minutes", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("what is that?", Code.Unimplemented);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(9 * minuteMs);
    expect(world.count("wait")).toBe(1);
    // Every handle on the transport knows that.
    const other = world.resume().result();
    await world.time.pass(minuteMs - secondMs);
    expect(world.count("wait")).toBe(1);
    const polled = world.count("get");
    await world.time.pass(secondMs + 20 * secondMs);
    expect(world.count("wait")).toBeGreaterThan(1);
    expect(world.count("wait")).toBeLessThanOrEqual(3);
    // 500 ms x1.2 up to 10 s, and a second handle for a minute.
    expect(polled).toBeGreaterThan(60);
    expect(polled).toBeLessThan(100);
    await finished(world, result);
    await finished(world, other);
  });

  test("who has learnt to wait is waited for again", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = ({ number }, good) => {
      if (number === 1) {
        throw new ConnectError("not yet", Code.Unimplemented);
      }
      return good();
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * minuteMs + 10 * secondMs);
    const polled = world.count("get");
    await world.time.pass(10 * minuteMs);
    expect(world.count("get")).toBe(polled);
    expect(world.count("wait")).toBeLessThanOrEqual(1 + 21);
    await finished(world, result);
  });

  test.each([
    // At least 50 ms each; 250 ms x1.2 up to 5 s; 500 ms x1.2 up to 10 s.
    { random: 0, passMs: 5 * secondMs, calls: 101 },
    { random: 0.5, passMs: 10 * minuteMs, calls: 132 },
    { random: 0.9999, passMs: 10 * minuteMs, calls: 72 },
  ])(
    "who answers a wait at once is paced, with the dice at $random",
    async ({ random, passMs, calls }) => {
      vi.spyOn(Math, "random").mockReturnValue(random);
      await using world = await poorWorld(kind);
      world.operations.poorness.wait = () => world.operations.state;
      const operation = await world.start();
      const result = operation.result();
      await world.time.pass(passMs);
      expect(Math.abs(world.count("wait") - calls)).toBeLessThanOrEqual(1);
      expect(world.count("get")).toBe(0);
      await finished(world, result);
    },
  );

  test("who answers a wait at once is paced for those who listen, too", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => world.operations.state;
    const operation = await world.start();
    const progress = operation.progress()[Symbol.asyncIterator]();
    const next = progress.next();
    await world.time.pass(10 * minuteMs);
    expect(world.count("wait")).toBeLessThanOrEqual(133);
    world.operations.finish();
    expect(await world.time.until(next)).toMatchObject({ value: { done: true } });
  });

  test("who waits for 10 s at most is asked every 10 s", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = async ({ signal }) => {
      await world.time.hold(10 * secondMs, signal);
      return world.operations.state;
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * minuteMs - secondMs);
    expect(Math.abs(world.count("wait") - 60)).toBeLessThanOrEqual(1);
    expect(world.calls).toHaveLength(1 + world.count("wait"));
    await finished(world, result);
  });

  test("who answers the end of a wait with an error is waited for again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = async ({ signal, windowMs }) => {
      await world.time.hold(windowMs, signal);
      if (world.operations.state.done) {
        return world.operations.state;
      }
      throw new ConnectError("not done yet", Code.DeadlineExceeded);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * minuteMs - secondMs);
    // One for each 30 s, and a pause after each.
    expect(world.count("wait")).toBeGreaterThanOrEqual(14);
    expect(world.count("wait")).toBeLessThanOrEqual(20);
    await finished(world, result);
  });

  test("who answers a wait with an error at once is not asked in a hurry", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("not done yet", Code.DeadlineExceeded);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * minuteMs);
    expect(world.calls.length).toBeLessThanOrEqual(135);
    world.operations.poorness.wait = undefined;
    await finished(world, result);
  });

  test("who answers a wait with nothing new wakes nobody", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.state = goingOn(7n);
    world.operations.poorness.wait = () => world.operations.state;
    const operation = await world.start();
    const seen: bigint[] = [];
    const following = (async () => {
      for await (const { filesDone } of operation.progress()) {
        seen.push(filesDone);
      }
    })();
    await world.time.pass(minuteMs);
    expect(seen).toEqual([7n]);
    world.operations.finish();
    await world.time.until(following);
  });
});
