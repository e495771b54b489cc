// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { type ListOperationsOptions, listOperations } from "../../src/client/index.ts";
import { running } from "../../src/index.ts";
import { turns } from "../server/turns.ts";
import { countedClock } from "./unit/counted-clock.ts";
import { anyDelayMs } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";
import { scriptedServer } from "./unit/scripted-server.ts";

const page = (names: string, nextPageToken = "") => ({
  operations: [...names].map((name) => running({ name })),
  nextPageToken,
});

function listing(options?: ListOperationsOptions) {
  const script = scriptedServer();
  const clock = countedClock();
  const operations = listOperations(script.operations, { ...options, clock });
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { name } of operations) {
      seen.push(name);
    }
  };
  return { script, clock, operations, seen, read };
}

test("each page is asked for once the one before it has been gone through", async () => {
  const { script, operations } = listing();
  const next = async () => ((await operations.next()).value as Operation | undefined)?.name;
  expect(script.calls).toHaveLength(0);
  const first = next();
  await turns();
  script.only().answer(page("ab", "t1"));
  expect([await first, await next()]).toEqual(["a", "b"]);
  await turns();
  expect(script.calls).toHaveLength(1);
  const third = next();
  await turns();
  expect(script.only().request).toMatchObject({ pageToken: "t1" });
  script.only().answer(page("c"));
  expect([await third, await next()]).toEqual(["c", undefined]);
  expect(script.calls).toHaveLength(2);
});

test("only an empty token ends the list, not an empty page", async () => {
  const { script, read, seen } = listing();
  const done = read();
  for (const answer of [
    page("", "t1"),
    page("", "t2"),
    page("a", "t3"),
    page("", "t4"),
    page(""),
  ]) {
    await turns();
    script.only().answer(answer);
  }
  await done;
  expect(seen).toEqual(["a"]);
});

test("every page is asked for with the same arguments and headers", async () => {
  const options = {
    parent: "projects/p",
    filter: "done = false",
    pageSize: 2,
    headers: { a: "b" },
  };
  const { script, read } = listing(options);
  const done = read();
  for (const [token, answer] of [
    ["", page("ab", "t1")],
    ["t1", page("c")],
  ] as const) {
    await turns();
    const { request, headers, timeoutMs } = script.only();
    expect(request).toMatchObject({
      name: "projects/p",
      filter: "done = false",
      pageSize: 2,
      pageToken: token,
    });
    expect([headers.get("a"), timeoutMs]).toEqual(["b", 10_000]);
    script.only().answer(answer);
  }
  await done;
});

test("tokens that lead in a circle end in an error, after what came with them", async () => {
  const lengths = { tail: fc.nat({ max: 20 }), circle: fc.integer({ min: 1, max: 20 }) };
  await fc.assert(
    fc.asyncProperty(fc.record(lengths), async ({ tail, circle }) => {
      const { script, read, seen } = listing();
      let isOver = false;
      const reason = read().catch((error: unknown) => {
        isOver = true;
        return error;
      });
      for (let pages = 1; !isOver && pages < 1_000; pages += 1) {
        await turns(1);
        const place = pages <= tail ? pages : tail + ((pages - tail) % circle);
        script.pending[0]?.answer(page("a", `t${place}`));
        await turns(1);
      }
      expect(await reason).toMatchObject({
        code: Code.Internal,
        rawMessage: "the page tokens of the server lead in a circle",
      });
      expect(seen).toHaveLength(script.calls.length);
      expect(seen.length).toBeLessThanOrEqual(3 * (tail + circle) + 2);
    }),
    { numRuns: 20 },
  );
});

test("tokens that do not are followed to the end, however many there are", async () => {
  const { script, read, seen } = listing();
  const done = read();
  for (let pages = 1; pages <= 300; pages += 1) {
    await turns(1);
    script.only().answer(page("a", pages === 300 ? "" : `t${pages}`));
  }
  await done;
  expect(seen).toHaveLength(300);
});

test("leaving the loop asks for nothing more", async () => {
  const { script, operations } = listing();
  const loop = (async () => {
    for await (const { name } of operations) {
      return name;
    }
    return undefined;
  })();
  await turns();
  script.only().answer(page("ab", "t1"));
  expect(await loop).toBe("a");
  await turns();
  expect(script.calls).toHaveLength(1);
});

describe("a page that nobody answered", () => {
  test("is asked for again, and nothing is listed twice", async () => {
    const { script, clock, read, seen } = listing();
    const done = read();
    await turns();
    script.only().answer(page("ab", "t1"));
    for (let failures = 1; failures < 5; failures += 1) {
      await turns();
      script.only().fail(new ConnectError("away", Code.Unavailable));
      await turns();
      clock.advance(anyDelayMs);
    }
    await turns();
    expect(script.only().request).toMatchObject({ pageToken: "t1" });
    script.only().answer(page("c"));
    await done;
    expect([seen, clock.timers]).toEqual([["a", "b", "c"], 0]);
  });

  test("is given up with its error after five times", async () => {
    const { script, clock, read } = listing();
    const done = read();
    done.catch(() => {});
    for (let failures = 1; failures <= 5; failures += 1) {
      await turns();
      script.only().fail(new ConnectError("away", Code.Unavailable));
      await turns();
      clock.advance(anyDelayMs);
    }
    await expect(done).rejects.toMatchObject({ code: Code.Unavailable });
    expect([script.calls.length, clock.timers]).toEqual([5, 0]);
  });
});

test("what is refused is told at once", async () => {
  const { script, read } = listing({ filter: "a = " });
  const done = read();
  done.catch(() => {});
  await turns();
  script.only().fail(new ConnectError("the filter ends too soon", Code.InvalidArgument));
  await expect(done).rejects.toThrow("[invalid_argument] the filter ends too soon");
  expect(script.calls).toHaveLength(1);
});

describe("its signal ends it with its own reason", () => {
  const abort = () => new AbortController();

  test("before it begins", async () => {
    const { script, read } = listing({ signal: AbortSignal.abort("enough") });
    await expect(read()).rejects.toBe("enough");
    expect(script.calls).toHaveLength(0);
  });

  test("during a call", async () => {
    const controller = abort();
    const { script, clock, read } = listing({ signal: controller.signal });
    const done = read();
    await turns();
    const call = script.only();
    controller.abort("enough");
    await expect(done).rejects.toBe("enough");
    expect([call.isAborted, clock.timers, listenersOf(controller.signal)]).toEqual([true, 0, 0]);
  });

  test("between two attempts", async () => {
    const controller = abort();
    const { script, clock, read } = listing({ signal: controller.signal });
    const done = read();
    await turns();
    script.only().fail(new ConnectError("away", Code.Unavailable));
    await turns();
    expect(clock.timers).toBe(1);
    controller.abort("enough");
    await expect(done).rejects.toBe("enough");
    expect([clock.timers, listenersOf(controller.signal)]).toEqual([0, 0]);
  });

  test("between two pages", async () => {
    const controller = abort();
    const { script, operations } = listing({ signal: controller.signal });
    const first = operations.next();
    await turns();
    script.only().answer(page("a", "t1"));
    await first;
    controller.abort("enough");
    await expect(operations.next()).rejects.toBe("enough");
    expect([script.calls.length, listenersOf(controller.signal)]).toEqual([1, 0]);
  });
});
