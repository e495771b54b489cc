// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WaitError } from "../../../src/client/index.ts";
import { type Breakage, page } from "./poor-front.ts";
import { type PoorWorld, poorWorld, socketKinds } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Everything is answered so, until `calm`. */
function answered(world: PoorWorld, breakage: Breakage) {
  const { wait, get } = world.front.next;
  for (let count = 0; count < 100; count += 1) {
    wait.push(breakage);
    get.push(breakage);
  }
  return {
    calm() {
      wait.length = 0;
      get.length = 0;
    },
  };
}

describe.each(socketKinds)("pages of HTML in place of answers, over $name", (kind) => {
  test.each([429, 502, 503, 504])("%i is waited through", async (status) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    const proxy = answered(world, page(status));
    const failures: number[] = [];
    const result = (await world.start()).result({
      onPollError: (_error, retry) => failures.push(retry.failures),
    });
    await world.time.pass(2 * minuteMs);
    expect(failures.length).toBeGreaterThan(10);
    expect(world.calls.length).toBeLessThanOrEqual(20);
    proxy.calm();
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({
      value: { treeDigest: "abc" },
    });
  });

  test.each([429, 503])("%i with a Retry-After is left alone for as long", async (status) => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    const proxy = answered(world, page(status, { "retry-after": "30" }));
    const result = (await world.start()).result();
    await world.time.pass(5 * minuteMs);
    expect(world.calls.length).toBeGreaterThanOrEqual(9);
    expect(world.calls.length).toBeLessThanOrEqual(2 + 10);
    proxy.calm();
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
  });

  test.each([200, 401, 403, 404, 500])("%i ends the waiting, and not for good", async (status) => {
    await using world = await poorWorld(kind);
    const proxy = answered(world, page(status));
    const operation = await world.start();
    const settled = await world.time.until(operation.result(), minuteMs);
    expect(settled.status).toBe("rejected");
    const { reason } = settled as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(WaitError);
    expect(reason).toMatchObject({ kind: "lost-contact" });
    // Of a 404 it may be that there is no WaitOperation.
    expect(world.calls.length).toBe(status === 404 ? 3 : 2);
    proxy.calm();
    const again = operation.result();
    await world.time.pass(secondMs);
    world.operations.finish();
    expect(await world.time.until(again, minuteMs)).toMatchObject({ value: { treeDigest: "abc" } });
  });

  test("404 for WaitOperation alone has the operation polled", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.front.next.wait.push(page(404));
    const told: Code[] = [];
    const result = (await world.start()).result({ onPollError: ({ code }) => told.push(code) });
    await world.time.pass(minuteMs);
    expect(world.count("wait")).toBe(1);
    expect(world.count("get")).toBeGreaterThan(10);
    expect(told).toEqual([]);
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
  });

  test("a proxy that gives up before the server does is waited through", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    answered(world, { ...page(504), afterMs: 20 * secondMs });
    const result = (await world.start()).result();
    await world.time.pass(10 * minuteMs);
    expect(world.calls.length).toBeGreaterThanOrEqual(24);
    expect(world.calls.length).toBeLessThanOrEqual(2 + 30);
    // The server's own answer, once the operation is done, is faster than the proxy.
    world.front.next.wait.length = 0;
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
  });
});
