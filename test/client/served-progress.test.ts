// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { ChecksumTreeMetadata } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { OperationError } from "../../src/index.ts";
import { gate } from "../server/gate.ts";
import { until } from "../server/turns.ts";
import { aborted, type ChecksumHandler, rejectionOf, serving, untilAborted } from "./serving.ts";
import { transportKinds } from "./transports.ts";

type States = AsyncIterable<ChecksumTreeMetadata, undefined, undefined>;

/** How many files were done in each state, to the end. */
async function collect(progress: States, onState = (_: bigint) => {}): Promise<bigint[]> {
  const seen: bigint[] = [];
  for await (const { filesDone } of progress) {
    seen.push(filesDone);
    onState(filesDone);
  }
  return seen;
}

/** Reports one state, and waits to be stopped. */
const reportOnce: ChecksumHandler = async (_, operation) => {
  await operation.report({ filesDone: 1n });
  await aborted(operation.signal);
  throw operation.signal.reason;
};

describe.each(transportKinds)("over $name", (kind) => {
  test.each(["succeeds", "fails", "is cancelled"])(
    "each state is seen once, and the last one too, of what %s",
    async (end) => {
      const [seenFirst, seenSecond, reportedLast] = [gate(), gate(), gate()];
      await using a = await serving(kind, async (_, operation) => {
        await operation.report({ filesDone: 1n });
        await seenFirst.passed;
        await operation.report({ filesDone: 1n });
        await operation.report({ filesDone: 2n });
        await seenSecond.passed;
        void operation.report({ filesDone: 3n });
        reportedLast.open();
        if (end === "fails") {
          throw new ConnectError("no", Code.Aborted);
        }
        if (end === "is cancelled") {
          await aborted(operation.signal);
          throw operation.signal.reason;
        }
        return {};
      });
      const operation = await a.client.checksumTree({ root: "." });

      const states = collect(operation.progress(), (filesDone) => {
        seenFirst.open();
        if (filesDone === 2n) {
          seenSecond.open();
        }
      });
      await a.passing(reportedLast.passed);
      if (end === "is cancelled") {
        await operation.cancel();
      }

      expect(await a.passing(states)).toEqual([1n, 2n, 3n]);
      expect(operation.done).toBe(true);
      const { length } = a.methods;
      const outcome = await operation.result().catch((error: unknown) => error);
      expect(outcome instanceof OperationError).toBe(end !== "succeeds");
      expect(await collect(operation.progress())).toEqual([3n]);
      expect(a.methods).toHaveLength(length);
      await a.expectRest();
    },
  );

  test("leaving the loop breaks the call off, and frees everything", async () => {
    await using a = await serving(kind, reportOnce);
    const operation = await a.client.checksumTree({ root: "." });

    const [seen, left] = [gate(), gate()];
    const loop = (async () => {
      for await (const _ of operation.progress()) {
        seen.open();
        await left.passed;
        break;
      }
    })();
    await a.passing(seen.passed);
    await a.pending("WaitOperation");
    left.open();
    await loop;

    await a.expectRest();
    expect(operation.done).toBe(false);
    expect(operation.metadata).toMatchObject({ filesDone: 1n });
  });

  test("throwing out of the loop does too", async () => {
    await using a = await serving(kind, reportOnce);
    const operation = await a.client.checksumTree({ root: "." });
    const reason = new Error("the screen is gone");

    const loop = collect(operation.progress(), () => {
      throw reason;
    });

    expect(await a.passing(rejectionOf(loop))).toBe(reason);
    await a.expectRest();
  });

  test("return settles at once, and the next that is pending with it", async () => {
    await using a = await serving(kind, untilAborted);
    const operation = await a.client.checksumTree({ root: "." });
    const states = operation.progress()[Symbol.asyncIterator]();

    const next = [states.next(), states.next()];
    await a.pending("WaitOperation");
    const ended = await states.return?.();

    const done = { done: true, value: undefined };
    expect([ended, ...(await Promise.all(next))]).toEqual([done, done, done]);
    expect(await states.next()).toEqual(done);
    await a.expectRest();
  });

  test("several listen, and await the result, to one call at a time", async () => {
    const seen = gate();
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 1n });
      await seen.passed;
      await operation.report({ filesDone: 2n });
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });

    const result = operation.result();
    await a.pending("WaitOperation");
    const atOnce: number[] = [];
    const note = () => atOnce.push(a.sent.filter(({ isPending }) => isPending).length);
    const listeners = [1, 2].map(() =>
      collect(operation.progress(), (filesDone) => {
        note();
        if (filesDone === 1n) {
          seen.open();
        }
      }),
    );
    note();
    // Who listens does not wait for the end of the longer wait that was under way.
    await until(() => a.methods.length === 3);
    const watch = setInterval(note, 1);
    const states = await a.passing(Promise.all(listeners)).finally(() => clearInterval(watch));

    expect(states).toEqual([
      [1n, 2n],
      [1n, 2n],
    ]);
    expect(await result).toMatchObject({ treeDigest: "abc" });
    expect(Math.max(...atOnce)).toBe(1);
    await a.expectRest();
  });

  test("a listener who leaves takes nothing from who stays", async () => {
    const go = gate();
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 1n });
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });

    const staying = collect(operation.progress());
    const result = operation.result();
    const leaving = operation.progress()[Symbol.asyncIterator]();
    await a.passing(leaving.next());
    await leaving.return?.();
    await a.pending("WaitOperation");
    go.open();

    expect(await staying).toEqual([1n]);
    expect(await result).toMatchObject({ treeDigest: "abc" });
    await a.expectRest();
  });
});
