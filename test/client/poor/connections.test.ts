// SPDX-License-Identifier: Apache-2.0

import { constants } from "node:http2";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Breakage,
  breakOff,
  cut,
  cutInBody,
  goAway,
  reset,
  resetStream,
  silence,
} from "./poor-front.ts";
import { http2Kinds, type PoorWorld, poorWorld, socketKinds } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Something breaks in mid wait, five times in a row, and the operation ends meanwhile. */
async function expectSurvived(world: PoorWorld, breakage: Breakage): Promise<void> {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const codes: number[] = [];
  const operation = await world.start();
  for (let count = 0; count < 5; count += 1) {
    world.front.next.wait.push({ ...breakage, afterMs: 5 * secondMs });
  }
  const result = operation.result({ onPollError: ({ code }) => codes.push(code) });
  await world.time.pass(4 * secondMs);
  expect(world.count("wait")).toBe(1);
  world.operations.finish();
  expect(await world.time.until(result, minuteMs)).toMatchObject({
    status: "fulfilled",
    value: { treeDigest: "abc" },
  });
  expect(codes).toHaveLength(5);
  expect(world.calls.map(({ kind }) => kind)).toEqual([
    "start",
    ...Array.from({ length: 6 }, () => "wait"),
  ]);
}

describe.each(socketKinds)("over $name", (kind) => {
  test.each([
    { what: "is cut", breakage: cut },
    { what: "is reset", breakage: reset },
    { what: "is cut within the answer", breakage: cutInBody },
  ])("a connection that $what in mid wait costs a pause", async ({ breakage }) => {
    await using world = await poorWorld(kind);
    await expectSurvived(world, breakage);
  });

  test("a connection that is cut while polling costs a pause", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.front.next.get.push(cut, reset, cutInBody);
    const operation = await world.start();
    const polled = await world.time.until(operation.poll(), minuteMs);
    expect(polled).toMatchObject({ value: { kind: "running" } });
    expect(world.count("get")).toBe(4);
  });

  test("a server that never answers is given up in time, and asked again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    // The deadlines of calls go by the timers of the system.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    world.front.next.wait.push(silence);
    const told: unknown[] = [];
    const result = operation.result({ onPollError: (_error, retry) => told.push(retry.failures) });
    await world.time.idle();
    vi.advanceTimersByTime(39_000);
    await world.time.idle();
    expect(told).toEqual([]);
    vi.advanceTimersByTime(2_000);
    await world.time.idle();
    expect(told).toEqual([1]);
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
    expect(world.count("wait")).toBe(2);
  });
});

const resets = {
  PROTOCOL_ERROR: constants.NGHTTP2_PROTOCOL_ERROR,
  INTERNAL_ERROR: constants.NGHTTP2_INTERNAL_ERROR,
  FLOW_CONTROL_ERROR: constants.NGHTTP2_FLOW_CONTROL_ERROR,
  STREAM_CLOSED: constants.NGHTTP2_STREAM_CLOSED,
  REFUSED_STREAM: constants.NGHTTP2_REFUSED_STREAM,
  CANCEL: constants.NGHTTP2_CANCEL,
  ENHANCE_YOUR_CALM: constants.NGHTTP2_ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY: constants.NGHTTP2_INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED: constants.NGHTTP2_HTTP_1_1_REQUIRED,
};

const goodbyes = {
  NO_ERROR: constants.NGHTTP2_NO_ERROR,
  INTERNAL_ERROR: constants.NGHTTP2_INTERNAL_ERROR,
  ENHANCE_YOUR_CALM: constants.NGHTTP2_ENHANCE_YOUR_CALM,
};

describe.each(http2Kinds)("over $name", (kind) => {
  test.each(Object.entries(resets))(
    "a stream that is reset with %s in mid wait costs a pause",
    async (_name, code) => {
      await using world = await poorWorld(kind);
      await expectSurvived(world, resetStream(code));
    },
  );

  test.each(Object.entries(goodbyes))(
    "a server that goes away with %s in mid wait costs a pause",
    async (_name, code) => {
      await using world = await poorWorld(kind);
      await expectSurvived(world, goAway(code));
    },
  );

  test("a stream that ends with NO_ERROR and no answer is given up in time", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    const operation = await world.start();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let closed = false;
    const { happens } = resetStream(constants.NGHTTP2_NO_ERROR);
    world.front.next.wait.push({
      happens(request, response) {
        response.on("close", () => {
          closed = true;
        });
        happens(request, response);
      },
    });
    const result = operation.result();
    await vi.waitUntil(() => closed, { timeout: 5_000, interval: 1 });
    vi.advanceTimersByTime(41_000);
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
    expect(world.count("wait")).toBe(2);
  });
});

test("over Connect, HTTP/2: an answer that breaks off in good order costs a pause", async () => {
  const [kind] = http2Kinds;
  if (kind === undefined) {
    throw new Error("there is no transport over HTTP/2");
  }
  await using world = await poorWorld(kind);
  await expectSurvived(world, breakOff);
});
