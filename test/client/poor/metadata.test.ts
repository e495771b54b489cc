// SPDX-License-Identifier: Apache-2.0

import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Operation } from "../../../gen/google/longrunning/operations_pb.ts";
import { packAny } from "../../../src/index.ts";
import { transportKinds } from "../transports.ts";
import { goingOn, progressAny, succeededWell, unknownAny } from "./poor-operations.ts";
import { type PoorWorld, poorWorld } from "./poor-world.ts";

beforeEach(() => {
  // The adapter tells of each Any that it leaves out of an answer.
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a listener sees, and what the handle holds after each state. */
async function observed(world: PoorWorld, states: readonly Operation[]) {
  vi.spyOn(Math, "random").mockReturnValue(0);
  world.operations.poorness.wait = ({ number }) => states[number - 1] ?? succeededWell();
  const operation = await world.start();
  const seen: bigint[] = [];
  const held: (bigint | undefined)[] = [];
  const following = (async () => {
    for await (const { filesDone } of operation.progress()) {
      seen.push(filesDone);
      held.push(operation.metadata?.filesDone);
    }
  })();
  const settled = await world.time.until(following, 60_000);
  return { settled, seen, held, operation };
}

describe.each(transportKinds)("over $name", (kind) => {
  test.each([
    { what: "vanishes", odd: undefined },
    { what: "is of another type", odd: packAny(EmptySchema, {}) },
    { what: "cannot be read", odd: { ...progressAny(1n), value: new Uint8Array([0xff]) } },
  ])("metadata that $what for a while takes nothing back", async ({ odd }) => {
    await using world = await poorWorld(kind);
    const strange = { ...goingOn(), ...(odd && { metadata: odd }) };
    const states = [strange, goingOn(1n), strange, strange, goingOn(1n), goingOn(2n), strange];
    const { settled, seen, held, operation } = await observed(world, states);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(seen).toEqual([1n, 2n]);
    expect(held).toEqual([1n, 2n]);
    // The last state has none.
    expect(operation.done).toBe(true);
    expect(operation.metadata?.filesDone).toBe(2n);
    expect(world.count("wait")).toBe(states.length + 1);
  });

  test("metadata of a type that nobody here knows", async () => {
    await using world = await poorWorld(kind);
    const strange = { ...goingOn(), metadata: unknownAny };
    const { settled, seen, operation } = await observed(world, [goingOn(1n), strange, goingOn(2n)]);
    if (kind.needsRegistry) {
      // Such a transport cannot read the rest either; what it knew stays.
      expect(settled).toMatchObject({
        status: "rejected",
        reason: { kind: "lost-contact", operation: { done: false } },
      });
      expect(seen).toEqual([1n]);
      expect(operation.metadata?.filesDone).toBe(1n);
    } else {
      expect(settled).toMatchObject({ status: "fulfilled" });
      expect(seen).toEqual([1n, 2n]);
    }
  });

  test("metadata that never comes is no progress, and no obstacle", async () => {
    await using world = await poorWorld(kind);
    const states = [goingOn(), goingOn(), goingOn()];
    const { settled, seen, operation } = await observed(world, states);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(seen).toEqual([]);
    expect(operation.metadata).toBeUndefined();
    expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
  });
});
