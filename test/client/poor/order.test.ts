// SPDX-License-Identifier: Apache-2.0

import { afterEach, describe, expect, test, vi } from "vitest";
import { transportKinds } from "../transports.ts";
import { goingOn, operationName, succeededWell } from "./poor-operations.ts";
import { poorWorld } from "./poor-world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(transportKinds)("over $name", (kind) => {
  test("an operation that is done stays so, whatever is said later", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    world.operations.poorness.get = ({ number }) => (number === 1 ? succeededWell() : goingOn(1n));
    expect(await operation.poll()).toMatchObject({ kind: "succeeded" });
    expect(await operation.poll()).toMatchObject({ kind: "succeeded" });
    expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
    expect(operation.done).toBe(true);
    expect(world.count("get")).toBe(1);
    expect(world.count("wait")).toBe(0);
  });

  test("what was read before the end may arrive after it", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    // Both are under way at a time, and the later state arrives first.
    world.operations.poorness.get = async ({ signal }) => {
      await world.time.hold(5_000, signal);
      return goingOn(1n);
    };
    const result = operation.result();
    const polled = operation.poll();
    await world.time.idle();
    world.operations.finish();
    expect(await world.time.until(result)).toMatchObject({ value: { treeDigest: "abc" } });
    expect(await world.time.until(polled)).toMatchObject({ value: { kind: "succeeded" } });
    expect(operation.done).toBe(true);
    expect(operation.metadata).toBeUndefined();
  });

  test("a poll that finds it done ends the wait that is under way", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const result = operation.result();
    await world.time.idle();
    world.operations.poorness.get = () => succeededWell();
    expect(await operation.poll()).toMatchObject({ kind: "succeeded" });
    const settled = await world.time.until(result, 1_000);
    expect(settled).toMatchObject({ value: { treeDigest: "abc" } });
    expect(world.count("wait")).toBe(1);
  });

  test("progress that jumps back is told as it comes, once each", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await poorWorld(kind);
    const states = [goingOn(2n), goingOn(1n), goingOn(1n), goingOn(3n)];
    world.operations.poorness.wait = ({ number }) => states[number - 1] ?? succeededWell();
    const operation = await world.start();
    const seen: bigint[] = [];
    const following = (async () => {
      for await (const { filesDone } of operation.progress()) {
        seen.push(filesDone);
      }
    })();
    expect(await world.time.until(following, 60_000)).toMatchObject({ status: "fulfilled" });
    expect(seen).toEqual([2n, 1n, 3n]);
  });

  test("an operation that loses its name is still the one that was asked for", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    world.operations.state = { ...goingOn(1n), name: "" };
    expect(await operation.poll()).toMatchObject({ kind: "running" });
    world.operations.state = { ...succeededWell(), name: "" };
    const settled = await world.time.until(operation.result(), 60_000);
    expect(settled).toMatchObject({ value: { treeDigest: "abc" } });
    expect(operation.name).toBe(operationName);
  });

  test("an operation that never had a name is as good as its start if it is done", async () => {
    await using world = await poorWorld(kind);
    world.operations.state = { ...succeededWell(), name: "" };
    const operation = await world.start();
    expect(operation.name).toBe("");
    expect(operation.done).toBe(true);
    expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
    expect(world.calls).toHaveLength(1);
  });

  test("an operation without a name that is not done cannot be waited for, and is not for long", async () => {
    await using world = await poorWorld(kind);
    world.operations.state = { ...goingOn(), name: "" };
    const started = await world.time.until(
      world.start().then((operation) => operation.result({ timeoutMs: 60_000 })),
    );
    expect(started.status).toBe("rejected");
    expect(world.calls.length).toBeLessThanOrEqual(5);
  });
});
