// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { listOperations } from "../../../src/client/index.ts";
import { transportKinds } from "../transports.ts";
import { cut, cutInBody, page, reset } from "./poor-front.ts";
import { type Call, goingOn } from "./poor-operations.ts";
import { poorWorld, socketKinds } from "./poor-world.ts";

const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Fails so often, then answers well. */
function failing(times: number, code = Code.Unavailable) {
  return <Answer>({ number }: Call, good: () => Promise<Answer>): Promise<Answer> => {
    if (number <= times) {
      throw new ConnectError("too much to do", code);
    }
    return good();
  };
}

describe.each(transportKinds)("over $name", (kind) => {
  describe.each(["cancel", "delete", "poll"] as const)("%s", (method) => {
    const called = method === "poll" ? "get" : method;

    test("is tried again four times", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0);
      await using world = await poorWorld(kind);
      world.operations.poorness[called] = failing(4);
      const operation = await world.start();
      const settled = await world.time.until<unknown>(operation[method](), minuteMs);
      expect(settled).toMatchObject({ status: "fulfilled" });
      expect(world.count(called)).toBe(5);
    });

    test("is not tried a sixth time", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0);
      await using world = await poorWorld(kind);
      world.operations.poorness[called] = failing(5);
      const operation = await world.start();
      const settled = await world.time.until<unknown>(operation[method](), minuteMs);
      expect(settled).toMatchObject({
        status: "rejected",
        reason: { code: Code.Unavailable, rawMessage: "too much to do" },
      });
      expect(world.count(called)).toBe(5);
    });

    test("is not tried again where that would not help", async () => {
      await using world = await poorWorld(kind);
      world.operations.poorness[called] = failing(1, Code.PermissionDenied);
      const operation = await world.start();
      const settled = await world.time.until<unknown>(operation[method](), minuteMs);
      expect(settled).toMatchObject({
        status: "rejected",
        reason: { code: Code.PermissionDenied },
      });
      expect(settled.status === "rejected" && settled.reason).toBeInstanceOf(ConnectError);
      expect(world.count(called)).toBe(1);
    });

    test("says nothing against waiting", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0);
      await using world = await poorWorld(kind);
      world.operations.poorness[called] = failing(5);
      const operation = await world.start();
      const result = operation.result();
      await world.time.until<unknown>(operation[method](), minuteMs);
      world.operations.finish();
      expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
      expect(world.count("wait")).toBeLessThanOrEqual(2);
    });
  });

  test("a time limit that ran out in a pause is over, however long the pause was", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.get = failing(1);
    const operation = await world.start();
    const polled = operation.poll({ timeoutMs: minuteMs });
    await world.time.idle();
    expect(world.count("get")).toBe(1);
    world.time.leap(8 * 60 * minuteMs);
    // A call without a deadline, which zero means, might never end.
    expect(await world.time.until(polled, minuteMs)).toMatchObject({
      status: "rejected",
      reason: { code: Code.Unavailable },
    });
    expect(world.count("get")).toBe(1);
  });

  test("a deletion of which only the answer was lost is done", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await poorWorld(kind);
    world.operations.poorness.delete = ({ number }) => {
      throw number === 1
        ? new ConnectError("the answer is lost", Code.Unavailable)
        : new ConnectError("no such operation", Code.NotFound);
    };
    const operation = await world.start();
    const settled = await world.time.until(operation.delete(), minuteMs);
    expect(settled).toEqual({ status: "fulfilled", value: undefined });
    expect(world.count("delete")).toBe(2);
  });

  test("a deletion of what was never there is told so", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.delete = failing(1, Code.NotFound);
    const operation = await world.start();
    await expect(operation.delete()).rejects.toMatchObject({ code: Code.NotFound });
    expect(world.count("delete")).toBe(1);
  });

  test("a start is never made twice", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.start = failing(1);
    await expect(world.start()).rejects.toMatchObject({ code: Code.Unavailable });
    await world.time.pass(minuteMs);
    expect(world.count("start")).toBe(1);
  });

  test("a list whose page token leads to itself ends with an error", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.list = async (_call, good) => ({
      ...(await good()),
      nextPageToken: "again",
    });
    const operations = createClient(Operations, world.opened.transport);
    const names: string[] = [];
    const listing = (async () => {
      for await (const { name } of listOperations(operations, { clock: world.time.clock })) {
        names.push(name);
      }
    })();
    const settled = await world.time.until(listing, minuteMs);
    expect(settled).toMatchObject({ status: "rejected", reason: { code: Code.Internal } });
    expect(world.count("list")).toBe(2);
    expect(names).toHaveLength(2);
  });

  test("a list whose page tokens lead in a circle ends with an error, too", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.list = async ({ number, pageToken }, good) => {
      if (number > 50) {
        throw new ConnectError("enough", Code.PermissionDenied);
      }
      const nextPageToken = { "": "a", a: "b", b: "c", c: "b" }[pageToken] ?? "";
      return { ...(await good()), operations: [], nextPageToken };
    };
    const operations = createClient(Operations, world.opened.transport);
    const next = listOperations(operations, { clock: world.time.clock }).next();
    expect(await world.time.until(next, minuteMs)).toMatchObject({
      status: "rejected",
      reason: { code: Code.Internal, message: expect.stringContaining("page token") },
    });
    expect(world.count("list")).toBeLessThan(20);
  });

  test("a list goes on after empty pages and failures, and repeats nothing", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await poorWorld(kind);
    // Every second call fails.
    world.operations.poorness.list = async ({ number, pageToken }, good) => {
      if (number % 2 === 1) {
        throw new ConnectError("too much to do", Code.Unavailable);
      }
      const page = Number(pageToken || "0");
      const operations = page === 1 ? [] : [{ ...goingOn(), name: `operations/${page}` }];
      return { ...(await good()), operations, nextPageToken: page < 3 ? `${page + 1}` : "" };
    };
    const operations = createClient(Operations, world.opened.transport);
    const names: string[] = [];
    const listing = (async () => {
      for await (const { name } of listOperations(operations, { clock: world.time.clock })) {
        names.push(name);
      }
    })();
    expect(await world.time.until(listing, minuteMs)).toMatchObject({ status: "fulfilled" });
    expect(names).toEqual(["operations/0", "operations/2", "operations/3"]);
    expect(world.count("list")).toBe(8);
  });
});

describe.each(socketKinds)("what breaks on the way, over $name", (kind) => {
  test.each([
    { what: "a cut", breakage: cut },
    { what: "a reset", breakage: reset },
    { what: "a cut within the answer", breakage: cutInBody },
    { what: "a proxy that is tired", breakage: page(503) },
  ])("$what costs a cancellation a pause", async ({ breakage }) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    world.front.next.other.push(breakage, breakage);
    const settled = await world.time.until(operation.cancel(), minuteMs);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(world.count("cancel")).toBe(3);
  });

  test("a start whose answer was lost is told so, and not made again", async () => {
    await using world = await poorWorld(kind);
    world.front.next.other.push(cut);
    await expect(world.start()).rejects.toBeInstanceOf(ConnectError);
    await world.time.pass(minuteMs);
    expect(world.count("start")).toBe(1);
  });
});
