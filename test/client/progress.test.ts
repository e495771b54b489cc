// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { anyPack, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChecksumTreeMetadata } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import type { Operation } from "../../gen/google/longrunning/operations_pb.ts";
import { running } from "../../src/index.ts";
import { turns } from "../server/turns.ts";
import { at, endedAt, endedWith, name } from "./unit/checksum-states.ts";
import { anyDelayMs, type ChecksumHandle, type Followed, followed } from "./unit/followed.ts";
import { listenersOf } from "./unit/listeners.ts";

type Next = IteratorResult<ChecksumTreeMetadata, undefined>;

const listen = (handle: ChecksumHandle, options?: Parameters<ChecksumHandle["progress"]>[0]) =>
  handle.progress(options)[Symbol.asyncIterator]();
const filesOf = ({ value }: Next) => value?.filesDone;

/** Has the call that is under way, or comes next, answer with a state. */
async function tell({ script, clock }: Followed, state: Operation): Promise<void> {
  await turns();
  if (script.pending.length === 0) {
    clock.advance(anyDelayMs);
    await turns();
  }
  script.only().answer(state);
  await turns();
}

/** Nothing is under way, nothing is scheduled. */
function expectRest({ script, clock }: Followed): void {
  expect([script.pending.length, clock.timers]).toEqual([0, 0]);
}

describe("states", () => {
  test("are given as they come, from the one that is known, up to the last", async () => {
    const all = followed();
    const seen: bigint[] = [];
    const loop = (async () => {
      for await (const { filesDone } of all.resume(at(1)).progress()) {
        seen.push(filesDone);
      }
    })();
    await turns();
    expect(seen).toEqual([1n]);
    await tell(all, at(2));
    await tell(all, endedAt(3));
    await loop;
    expect(seen).toEqual([1n, 2n, 3n]);
    expectRest(all);
  });

  test("that say the same are given once", async () => {
    const all = followed();
    const listening = listen(all.resume(at(1)));
    expect(filesOf(await listening.next())).toBe(1n);
    const next = listening.next();
    await tell(all, at(1));
    await tell(all, at(1));
    await tell(all, at(2));
    expect(filesOf(await next)).toBe(2n);
  });

  test("that nobody took are skipped but for the newest", async () => {
    const all = followed();
    const listening = listen(all.resume(at(1)));
    await listening.next();
    for (const files of [2, 3, 4]) {
      await tell(all, at(files));
    }
    expect(filesOf(await listening.next())).toBe(4n);
  });

  test("without metadata, or with that of another type, are none", async () => {
    const all = followed();
    const listening = listen(all.resume());
    const next = listening.next();
    await tell(all, running({ name }));
    const other = anyPack(StringValueSchema, create(StringValueSchema, { value: "not ours" }));
    await tell(all, running({ name, metadata: other }));
    await tell(all, at(5));
    expect(filesOf(await next)).toBe(5n);
  });

  test("once known, are known even while the server leaves them out", async () => {
    const all = followed();
    const handle = all.resume();
    const listening = listen(handle);
    const first = listening.next();
    await tell(all, at(1));
    await first;
    await tell(all, running({ name }));
    expect(handle.metadata?.filesDone).toBe(1n);
    const second = listening.next();
    await tell(all, at(1));
    await tell(all, at(2));
    expect(filesOf(await second)).toBe(2n);
  });

  test("are told to all who listen, each at its own pace", async () => {
    const all = followed();
    const handle = all.resume(at(1));
    const [quick, slow] = [listen(handle), listen(handle)];
    await quick.next();
    await tell(all, at(2));
    expect(filesOf(await quick.next())).toBe(2n);
    expect(filesOf(await slow.next())).toBe(2n);
    await tell(all, at(3));
    expect(filesOf(await quick.next())).toBe(3n);
    expect(filesOf(await slow.next())).toBe(3n);
  });
});

describe("the end", () => {
  test.each([
    ["failed", Code.DataLoss],
    ["was cancelled", Code.Canceled],
  ])("is no error here, also if the operation %s", async (_, code) => {
    const all = followed();
    const listening = listen(all.resume());
    const next = listening.next();
    await tell(all, endedWith({ code, message: "told by result()" }));
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await listening.next()).toEqual({ done: true, value: undefined });
    expectRest(all);
  });

  test("of what had ended before is given with its metadata, and without asking", async () => {
    const all = followed();
    const listening = listen(all.resume(endedAt(7)));
    expect(filesOf(await listening.next())).toBe(7n);
    expect(await listening.next()).toEqual({ done: true, value: undefined });
    expect(all.script.calls).toHaveLength(0);
  });

  test("comes after the last state, also for those who asked ahead", async () => {
    const all = followed();
    const listening = listen(all.resume(at(1)));
    const ahead = [1, 2, 3, 4].map(() => listening.next());
    await tell(all, at(2));
    await tell(all, endedAt(3));
    expect((await Promise.all(ahead)).map(filesOf)).toEqual([1n, 2n, 3n, undefined]);
    expectRest(all);
  });
});

describe("leaving", () => {
  test("the loop frees everything", async () => {
    const all = followed();
    const { signal } = new AbortController();
    for await (const _ of all.resume(at(1)).progress({ signal, timeoutMs: 60_000 })) {
      await turns();
      expect([all.script.pending.length, all.clock.timers, listenersOf(signal)]).toEqual([1, 1, 1]);
      break;
    }
    await turns();
    expectRest(all);
    expect(listenersOf(signal)).toBe(0);
  });

  test("by an error in the loop does, too", async () => {
    const all = followed();
    await expect(async () => {
      for await (const _ of all.resume(at(1)).progress({ timeoutMs: 60_000 })) {
        throw new Error("of the caller");
      }
    }).rejects.toThrow("of the caller");
    await turns();
    expectRest(all);
  });

  test("answers those who still asked, at once", async () => {
    const all = followed();
    const listening = listen(all.resume());
    const asked = [listening.next(), listening.next()];
    await turns();
    expect(await listening.return?.()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(asked)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await turns();
    expectRest(all);
    expect(await listening.next()).toEqual({ done: true, value: undefined });
  });

  test("before asking begins nothing", async () => {
    const all = followed();
    const listening = listen(all.resume(at(1)));
    await listening.return?.();
    expect(await listening.next()).toEqual({ done: true, value: undefined });
    expect(all.script.calls).toHaveLength(0);
  });

  test("does not end what others wait for", async () => {
    const all = followed();
    const handle = all.resume(at(1));
    const result = handle.result();
    for await (const _ of handle.progress()) {
      break;
    }
    await tell(all, endedAt(2));
    expect(await result).toMatchObject({ files: 2n });
  });
});

describe("a failure", () => {
  test("comes after the state before it, once, and ends the iteration", async () => {
    const all = followed();
    const listening = listen(all.resume(at(1)));
    await listening.next();
    await tell(all, at(2));
    await turns();
    all.clock.advance(anyDelayMs);
    await turns();
    all.script.only().fail(new ConnectError("no such thing", Code.NotFound));
    await turns();
    expectRest(all);
    expect(filesOf(await listening.next())).toBe(2n);
    await expect(listening.next()).rejects.toMatchObject({
      kind: "lost-contact",
      operation: at(2),
    });
    expect(await listening.next()).toEqual({ done: true, value: undefined });
  });

  test("while nobody asks is no unhandled rejection", async () => {
    const all = followed();
    const abort = new AbortController();
    const listening = listen(all.resume(at(1)), { signal: abort.signal });
    await listening.next();
    abort.abort("while the caller draws");
    await turns();
    expectRest(all);
    await expect(listening.next()).rejects.toBe("while the caller draws");
    expect(await listening.next()).toEqual({ done: true, value: undefined });
  });

  test("of those who asked ahead goes to the first", async () => {
    const all = followed();
    const listening = listen(all.resume(), { timeoutMs: 1_000 });
    const [first, second] = [listening.next(), listening.next()];
    await turns();
    all.clock.advance(1_000);
    await expect(first).rejects.toMatchObject({ kind: "timed-out" });
    expect(await second).toEqual({ done: true, value: undefined });
    await turns();
    expectRest(all);
  });

  test("to begin is told once, too", async () => {
    const all = followed();
    const listening = listen(all.resume(), { signal: AbortSignal.abort("too late") });
    await expect(listening.next()).rejects.toBe("too late");
    expect(await listening.next()).toEqual({ done: true, value: undefined });
    expect(all.script.calls).toHaveLength(0);
  });
});

test("each iteration of the same iterable is one of its own", async () => {
  const all = followed();
  const progress = all.resume(endedAt(2)).progress();
  for (let round = 0; round < 2; round += 1) {
    const seen: bigint[] = [];
    for await (const { filesDone } of progress) {
      seen.push(filesDone);
    }
    expect(seen).toEqual([2n]);
  }
});

test("whatever is told, what is seen is a part of it, in order, without repeats, and with the last", async () => {
  const told = fc.array(
    fc.record({ files: fc.nat({ max: 3 }), takes: fc.boolean(), ahead: fc.boolean() }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(told, async (states) => {
      const all = followed();
      const listening = listen(all.resume());
      const asked = [listening.next()];
      const last = states.length - 1;
      for (const [index, { files, takes, ahead }] of states.entries()) {
        if (takes && asked.length <= index) {
          asked.push(listening.next());
        }
        if (ahead) {
          asked.push(listening.next());
        }
        await tell(all, index === last ? endedAt(files) : at(files));
      }
      while (asked.length <= states.length + 1) {
        asked.push(listening.next());
      }
      const results = await Promise.all(asked);
      const seen = results.filter(({ done }) => !done).map(filesOf);
      const given = states.map(({ files }) => BigInt(files));
      expect(seen.at(-1)).toBe(given.at(-1));
      expect(seen.some((value, index) => index > 0 && value === seen[index - 1])).toBe(false);
      let from = 0;
      for (const value of seen) {
        from = given.indexOf(value ?? -1n, from) + 1;
        expect(from).toBeGreaterThan(0);
      }
      expectRest(all);
    }),
    { numRuns: 60 },
  );
});
