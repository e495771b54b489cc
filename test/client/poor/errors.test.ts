// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { type PollRetry, WaitError } from "../../../src/client/index.ts";
import { transportKinds } from "../transports.ts";
import { poorWorld } from "./poor-world.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

function busy(hint: { retryDelay?: Duration; retryAfter?: string } = {}, code = Code.Unavailable) {
  const { retryDelay, retryAfter } = hint;
  return new ConnectError(
    "too much to do",
    code,
    retryAfter === undefined ? undefined : { "retry-after": retryAfter },
    retryDelay && [{ desc: RetryInfoSchema, value: { retryDelay } }],
  );
}

const seconds = (count: bigint, nanos = 0) => create(DurationSchema, { seconds: count, nanos });

const hints = [
  { what: "without a hint", hint: {}, leastMs: 0 },
  { what: "with a RetryInfo of 20 s", hint: { retryDelay: seconds(20n) }, leastMs: 20 * secondMs },
  { what: "with a Retry-After of 20 s", hint: { retryAfter: "20" }, leastMs: 20 * secondMs },
  {
    what: "with a RetryInfo of a thousand years",
    hint: { retryDelay: seconds(31_536_000_000n) },
    leastMs: minuteMs,
  },
  { what: "with a huge Retry-After", hint: { retryAfter: "9".repeat(400) }, leastMs: minuteMs },
  { what: "with a RetryInfo of nothing", hint: { retryDelay: seconds(0n) }, leastMs: 0 },
  { what: "with a Retry-After of nothing", hint: { retryAfter: "0" }, leastMs: 0 },
  { what: "with a negative RetryInfo", hint: { retryDelay: seconds(-20n, -5) }, leastMs: 0 },
  { what: "with a negative Retry-After", hint: { retryAfter: "-20" }, leastMs: 0 },
  { what: "with a Retry-After of nonsense", hint: { retryAfter: "soon, 12" }, leastMs: 0 },
  {
    what: "with a Retry-After that is a date",
    hint: { retryAfter: "Fri, 31 Dec 9999 23:59:59 GMT" },
    leastMs: 0,
  },
];

describe.each(transportKinds)("over $name", (kind) => {
  test.each(hints)(
    "UNAVAILABLE $what is neither given up nor hurried",
    async ({ hint, leastMs }) => {
      vi.spyOn(Math, "random").mockReturnValue(0.999);
      await using world = await poorWorld(kind);
      const fail = () => {
        throw busy(hint);
      };
      Object.assign(world.operations.poorness, { wait: fail, get: fail });
      const retries: PollRetry[] = [];
      const result = (await world.start()).result({
        onPollError: (_error, retry) => retries.push(retry),
      });
      await world.time.pass(10 * minuteMs);
      const [, ...made] = world.calls;
      const gapsMs = made.slice(1).map(({ atMs }, index) => atMs - (made[index]?.atMs ?? 0));
      expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(Math.max(leastMs, 400));
      // A minute as asked for, and the pause that grows with the failures.
      expect(Math.max(...gapsMs)).toBeLessThanOrEqual(Math.min(leastMs, minuteMs) + 10 * secondMs);
      expect(made.length).toBeGreaterThan(8);
      expect(made.length).toBeLessThan(70);
      // Each is told of, and when the next one comes.
      expect(retries).toEqual(
        made.map((_call, index) => ({
          name: "operations/poor",
          failures: index + 1,
          delayMs:
            gapsMs[index] === undefined ? expect.any(Number) : expect.closeTo(gapsMs[index], 3),
        })),
      );
      world.operations.poorness.wait = undefined;
      world.operations.finish();
      expect(await world.time.until(result, 71 * secondMs)).toMatchObject({
        value: { treeDigest: "abc" },
      });
    },
  );

  test("with luck at its worst, failures are still 50 ms apart", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw busy({ retryDelay: seconds(0n) });
    };
    const result = (await world.start()).result();
    await world.time.pass(5 * secondMs);
    expect(world.calls.length).toBeLessThanOrEqual(2 + 100);
    world.operations.poorness.wait = undefined;
    world.operations.finish();
    expect(await world.time.until(result, secondMs)).toMatchObject({ status: "fulfilled" });
  });

  test("a burst of failures while polling, whichever way operations are read", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("what is that?", Code.Unimplemented);
    };
    world.operations.poorness.get = ({ number }, good) => {
      if (number % 4 !== 0) {
        throw busy();
      }
      return good();
    };
    const result = (await world.start()).result();
    await world.time.pass(2 * minuteMs);
    expect(world.count("wait")).toBe(1);
    expect(world.count("get")).toBeLessThan(120);
    world.operations.finish();
    expect(await world.time.until(result, minuteMs)).toMatchObject({ status: "fulfilled" });
  });

  test("failures that are over are forgotten", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = ({ number }, good) => {
      if (number % 6 !== 0) {
        throw busy();
      }
      return good();
    };
    const failures: number[] = [];
    const result = (await world.start()).result({
      onPollError: (_error, retry) => failures.push(retry.failures),
    });
    await world.time.pass(2 * minuteMs);
    expect(failures.slice(0, 10)).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    world.operations.poorness.wait = undefined;
    world.operations.finish();
    await world.time.until(result, minuteMs);
  });

  test("who has too many who wait, and says for how long, is polled meanwhile", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw busy({ retryDelay: seconds(5n) }, Code.ResourceExhausted);
    };
    const operation = await world.start();
    const result = operation.result();
    await world.time.pass(10 * minuteMs);
    // In turn: a wait, at least 5 s, a look.
    expect(world.count("get")).toBeGreaterThanOrEqual(50);
    expect(world.calls.length).toBeLessThanOrEqual(2 + 2 * (600 / 5));
    expect(Math.abs(world.count("get") - world.count("wait"))).toBeLessThanOrEqual(1);
    world.operations.finish();
    expect(await world.time.until(result, 20 * secondMs)).toMatchObject({ status: "fulfilled" });
  });

  test.each([
    Code.PermissionDenied,
    Code.Unauthenticated,
    Code.NotFound,
    Code.Internal,
    Code.InvalidArgument,
    Code.FailedPrecondition,
    Code.DataLoss,
  ])("an error of the code %i ends the waiting, once, and not for good", async (code) => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    const [one, other] = [operation.result(), operation.result()];
    await world.time.pass(90 * secondMs);
    expect(world.count("wait")).toBe(4);
    const before = world.calls.length;
    const fail = () => {
      // As every API tells its errors (AIP-193). A bare 404 over REST says that there is no such route.
      const info = { reason: "AWAY", domain: "poor.test" };
      throw new ConnectError("go away", code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
    };
    Object.assign(world.operations.poorness, { wait: fail, get: fail });
    const [first, second] = await Promise.all([world.time.until(one), other.catch((e) => e)]);
    for (const error of [first.status === "rejected" && first.reason, second]) {
      expect(error).toBeInstanceOf(WaitError);
      expect(error).not.toBeInstanceOf(ConnectError);
      expect(error).toMatchObject({ kind: "lost-contact", operationName: "operations/poor" });
      expect(error.cause).toBeInstanceOf(ConnectError);
      expect(error.cause).toMatchObject({ code, rawMessage: "go away" });
    }
    await world.time.pass(10 * minuteMs);
    expect(world.calls.length).toBe(before + 1);
    // And again, as long as the server is not well.
    expect(await world.time.until(operation.result())).toMatchObject({ status: "rejected" });
    expect(world.calls.length).toBe(before + 2);
    Object.assign(world.operations.poorness, { wait: undefined, get: undefined });
    const again = operation.result();
    await world.time.pass(secondMs);
    world.operations.finish();
    expect(await world.time.until(again, secondMs)).toMatchObject({ value: { treeDigest: "abc" } });
    expect(world.calls.length).toBe(before + 3);
  });

  test("who listens loses contact as who waits does, with what was seen before", async () => {
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = () => {
      throw new ConnectError("go away", Code.PermissionDenied);
    };
    const operation = await world.start();
    const following = (async () => {
      for await (const _metadata of operation.progress()) {
        // There is none.
      }
    })();
    expect(await world.time.until(following)).toMatchObject({
      status: "rejected",
      reason: { kind: "lost-contact", cause: { code: Code.PermissionDenied } },
    });
    expect(world.calls).toHaveLength(2);
  });

  test("what is told of failures may throw", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await using world = await poorWorld(kind);
    world.operations.poorness.wait = ({ number }, good) => {
      if (number <= 3) {
        throw busy();
      }
      return good();
    };
    const told: number[] = [];
    const result = (await world.start()).result({
      onPollError(error, { failures, delayMs }) {
        told.push(failures, delayMs, error.code);
        throw new Error("I cannot bear this");
      },
    });
    await world.time.pass(10 * secondMs);
    expect(told).toEqual([1, 250, 14, 2, 500, 14, 3, 1_000, 14]);
    world.operations.finish();
    expect(await world.time.until(result, secondMs)).toMatchObject({ status: "fulfilled" });
  });
});
