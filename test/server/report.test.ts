// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { memoryStore, type OperationsOptions } from "../../src/server/index.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { replica, type TreeContext, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

function serving(tree: TreeHandler, options: Partial<OperationsOptions> = {}) {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  const a = replica(tree, { store: link.store, ...options, clock });
  const ended = async (name: string) => {
    await until(async () => (await a.outcome(name)).kind !== "running");
    return await a.outcome(name);
  };
  return { clock, link, a, ended };
}

test("a report after a cancel request rejects with the reason", async () => {
  const cancelled = gate();
  let thrown: unknown;
  const { a, ended } = serving(async (_, operation) => {
    await cancelled.passed;
    try {
      await operation.report({ filesDone: 1n });
    } catch (error) {
      thrown = error;
      expect(error).toBe(operation.signal.reason);
      throw error;
    }
    return {};
  });
  await using _ = a;
  const name = await a.start();
  await turns();
  await a.api.cancelOperation({ name });
  await turns();
  cancelled.open();
  expect(await ended(name)).toMatchObject({ kind: "cancelled", metadata: undefined });
  expect(thrown).toMatchObject({ code: Code.Canceled });
});

test("a report after a cancel request that nobody awaits does nothing", async () => {
  // In a timer of the handler, whatever is thrown or rejects would end the process.
  const cancelled = gate();
  const { link, clock, a, ended } = serving(async (_, operation) => {
    await cancelled.passed;
    expect(operation.signal.aborted).toBe(true);
    operation.report({ filesDone: 1n });
    return {};
  });
  await using _ = a;
  await turns();
  const name = await a.start();
  await turns();
  await a.api.cancelOperation({ name });
  await turns();
  cancelled.open();
  expect(await ended(name)).toMatchObject({ kind: "succeeded", metadata: undefined });
  await clock.advance(1_000);
  expect(link.calls.update).toBe(1);
  expect(a.errors).toEqual([]);
});

test("a report that waits to be stored is told of a cancel request at once", async () => {
  const { link, a, ended } = serving(async (_, operation) => {
    await operation.report({ filesDone: 1n });
    return {};
  });
  await using _ = a;
  const stored = gate();
  link.before = (method, [, write]) =>
    method === "update" && (write as { kind: string }).kind === "report"
      ? stored.passed
      : undefined;
  const name = await a.start();
  await turns();
  await a.api.cancelOperation({ name });
  // It is still under way when the handler gives up, and comes after the ending.
  expect(await ended(name)).toMatchObject({ kind: "cancelled", metadata: { filesDone: 1n } });
  stored.open();
  await turns();
  expect(a.errors).toEqual([]);
});

test("a signal that is looked at late has aborted, with its reason", async () => {
  const looked = gate<AbortSignal>();
  const cancelled = gate();
  const { a } = serving(async (_, operation) => {
    await cancelled.passed;
    looked.open(operation.signal);
    return {};
  });
  await using _ = a;
  const name = await a.start();
  await turns();
  await a.api.cancelOperation({ name });
  await turns();
  cancelled.open();
  const signal = await looked.passed;
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ code: Code.Canceled });
});

test("a report after the end rejects if it is awaited, and is told to onError", async () => {
  let operation!: TreeContext;
  const { clock, link, a, ended } = serving(async (_, context) => {
    operation = context;
    return {};
  });
  await using _ = a;
  const name = await a.start();
  await ended(name);
  // As a forgotten timer would.
  operation.report({ filesDone: 1n });
  await expect(operation.report({ filesDone: 1n })).rejects.toThrow(
    "report() was called after the handler had settled",
  );
  expect(a.errors).toMatchObject([
    { context: { operation: name, source: "handler" } },
    { context: { operation: name, source: "handler" } },
  ]);
  await clock.advance(1_000);
  expect(link.calls.update).toBe(1);
  expect(await a.outcome(name)).toMatchObject({ kind: "succeeded", metadata: undefined });
});

test("a report that still waits when the handler returns is stored with the ending", async () => {
  let reported: Promise<void> | undefined;
  const { a, ended } = serving(async (_, operation) => {
    reported = Promise.resolve(operation.report({ filesDone: 1n }));
    return {};
  });
  await using _ = a;
  const name = await a.start();
  expect(await ended(name)).toMatchObject({ metadata: { filesDone: 1n } });
  await reported;
});

test("metadata that is too large is refused, and what was reported before stays", async () => {
  let thrown: unknown;
  const { a, ended } = serving(
    async (_, operation) => {
      operation.report({ currentPath: "x".repeat(990) });
      try {
        operation.report({ currentPath: "x".repeat(1000) });
      } catch (error) {
        thrown = error;
      }
      return {};
    },
    { maxMetadataBytes: 1000 },
  );
  await using _ = a;
  const name = await a.start();
  expect(await ended(name)).toMatchObject({ metadata: { currentPath: "x".repeat(990) } });
  expect(thrown).toBeInstanceOf(ConnectError);
  expect(thrown).toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "the metadata has 1003 bytes, more than the 1000 that are allowed",
  });
  expect((thrown as ConnectError).findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "METADATA_TOO_LARGE", domain: "checksum.v1.ChecksumService" },
  ]);
});

test("a handler that lets an oversize report through ends with its error", async () => {
  const { a, ended } = serving(
    async (_, operation) => {
      operation.report({ currentPath: "x".repeat(1000) });
      return {};
    },
    { maxMetadataBytes: 1000 },
  );
  await using _ = a;
  expect(await ended(await a.start())).toMatchObject({ error: { code: Code.ResourceExhausted } });
});

test("metadata that cannot be encoded is refused at once", async () => {
  let thrown: unknown;
  const { a, ended } = serving(async (_, operation) => {
    operation.report({ filesDone: 1n });
    try {
      operation.report({ filesDone: "many" as unknown as bigint });
    } catch (error) {
      thrown = error;
    }
    return {};
  });
  await using _ = a;
  expect(await ended(await a.start())).toMatchObject({ metadata: { filesDone: 1n } });
  expect(thrown).toBeInstanceOf(Error);
  expect(String(thrown)).toMatch(/files_done/);
});

test("what is reported is packed at once", async () => {
  const { a, ended } = serving(async (_, operation) => {
    const metadata = { filesDone: 1n };
    operation.report(metadata);
    metadata.filesDone = 2n;
    return {};
  });
  await using _ = a;
  expect(await ended(await a.start())).toMatchObject({ metadata: { filesDone: 1n } });
});
