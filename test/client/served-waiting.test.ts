// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { WaitError } from "../../src/client/index.ts";
import { gate } from "../server/gate.ts";
import { rejectionOf, type Serving, serving } from "./serving.ts";
import { transportKinds } from "./transports.ts";

const isPending = (a: Serving) => a.served.some(({ isPending }) => isPending);

describe.each(transportKinds)("over $name", (kind) => {
  test("waiting ends with its time, and can begin again", async () => {
    const go = gate();
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 1n });
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });

    const waiting = rejectionOf(operation.result({ timeoutMs: 2_000 }));
    const error = await a.passing(waiting);

    expect(error).toBeInstanceOf(WaitError);
    expect(error).toMatchObject({
      kind: "timed-out",
      operationName: operation.name,
      operation: { name: operation.name, done: false },
    });
    expect((error as WaitError).cause).toBeUndefined();
    await a.expectRest();

    const again = operation.result({ timeoutMs: 2_000 });
    await a.pending("WaitOperation");
    go.open();
    expect(await again).toMatchObject({ treeDigest: "abc" });
    await a.expectRest();
  });

  test("so does listening", async () => {
    const go = gate();
    await using a = await serving(kind, async (_, operation) => {
      await operation.report({ filesDone: 1n });
      await go.passed;
      return {};
    });
    const operation = await a.client.checksumTree({ root: "." });

    const seen: bigint[] = [];
    const listen = async (timeoutMs: number) => {
      for await (const { filesDone } of operation.progress({ timeoutMs })) {
        seen.push(filesDone);
      }
    };
    expect(await a.passing(rejectionOf(listen(5_000)))).toMatchObject({ kind: "timed-out" });
    expect(seen).toEqual([1n]);
    await a.expectRest();

    go.open();
    await a.passing(listen(60_000));
    expect(seen).toEqual([1n, 1n]);
    await a.expectRest();
  });

  test("no time is enough for what has ended, and for nothing else", async () => {
    const go = gate();
    await using a = await serving(kind, async () => {
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });

    const error = await a.passing(rejectionOf(operation.result({ timeoutMs: 0 })));
    expect(error).toMatchObject({ kind: "timed-out" });
    go.open();
    await operation.result();
    expect(await operation.result({ timeoutMs: 0 })).toMatchObject({ treeDigest: "abc" });
  });

  test("a signal ends the waiting with its reason, which can begin again", async () => {
    const go = gate();
    await using a = await serving(kind, async () => {
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });
    const reason = { why: "the page was left" };

    for (const wait of [
      (signal: AbortSignal) => operation.result({ signal }),
      async (signal: AbortSignal) => {
        for await (const state of operation.progress({ signal })) {
          expect.fail(`there is none: ${state}`);
        }
      },
    ]) {
      const leaving = new AbortController();
      const waiting = rejectionOf(wait(leaving.signal));
      await a.pending("WaitOperation");
      leaving.abort(reason);
      expect(await waiting).toBe(reason);
      await a.expectRest();

      const { length } = a.sent;
      expect(await rejectionOf(wait(leaving.signal))).toBe(reason);
      expect(a.sent).toHaveLength(length);
    }

    const again = operation.result({ signal: new AbortController().signal });
    await a.pending("WaitOperation");
    go.open();
    expect(await again).toMatchObject({ treeDigest: "abc" });
    await a.expectRest();
  });

  test("who leaves takes nothing from who stays", async () => {
    const go = gate();
    await using a = await serving(kind, async () => {
      await go.passed;
      return { treeDigest: "abc" };
    });
    const operation = await a.client.checksumTree({ root: "." });
    const leaving = new AbortController();

    const staying = operation.result();
    const left = rejectionOf(operation.result({ signal: leaving.signal }));
    await a.pending("WaitOperation");
    leaving.abort();

    expect(await left).toMatchObject({ name: "AbortError" });
    expect(isPending(a)).toBe(true);
    go.open();
    expect(await staying).toMatchObject({ treeDigest: "abc" });
    expect(a.methods).toEqual(["ChecksumTree", "WaitOperation"]);
  });
});
