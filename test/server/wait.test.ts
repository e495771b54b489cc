// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, createHandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  Operations,
  WaitOperationRequestSchema,
} from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationRegistry } from "../../src/operation-registry.ts";
import { createAccess } from "../../src/server/access.ts";
import { createOperationsApi } from "../../src/server/api/operations-api.ts";
import { memoryStore } from "../../src/server/index.ts";
import { settingsOf } from "../../src/server/options.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { type ReplicaOptions, replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns } from "./turns.ts";

/** Two replicas: one works, callers wait on the other. */
function pair(options: Partial<ReplicaOptions> = {}) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const done = gate();
  const run = async () => {
    await done.passed;
    return { treeDigest: "done" };
  };
  const a = replica(run, { store: linkTo(store).store, clock });
  const b = replica(run, { store: linkTo(store).store, clock, work: false, ...options });
  return { clock, done, a, b };
}

const seconds = (n: number) => ({ seconds: BigInt(n), nanos: 0 });

test("it answers at once if the operation is done, else when it is, on whatever replica", async () => {
  const { clock, done, a, b } = pair();
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  let answered = false;
  const waiting = b.api.waitOperation({ name });
  void waiting.then(() => {
    answered = true;
  });
  await clock.advance(20_000);
  expect(answered).toBe(false);
  done.open();
  expect(await waiting).toMatchObject({ name, done: true, result: { case: "response" } });
  expect(await b.api.waitOperation({ name })).toMatchObject({ done: true });
  expect(clock.monotonic()).toBe(20_000);
});

test.each([
  { timeout: seconds(10), maxWaitMs: 50_000, answeredMs: 10_000 },
  { timeout: seconds(1_000_000_000), maxWaitMs: 50_000, answeredMs: 50_000 },
  { timeout: undefined, maxWaitMs: 50_000, answeredMs: 50_000 },
  { timeout: seconds(30), maxWaitMs: 20_000, answeredMs: 20_000 },
  { timeout: seconds(0), maxWaitMs: 50_000, answeredMs: 0 },
  { timeout: undefined, maxWaitMs: 0, answeredMs: 0 },
])(
  "timeout $timeout, at most $maxWaitMs ms: the latest state after $answeredMs ms",
  async (row) => {
    const { clock, a, b } = pair({ maxWaitMs: row.maxWaitMs });
    await using _a = a;
    await using _b = b;
    const name = await a.start();
    let answered = false;
    const waiting = b.api
      .waitOperation({ name, ...(row.timeout && { timeout: row.timeout }) })
      .finally(() => {
        answered = true;
      });
    await turns();
    // Deadlines that are close share a timer, and come a little early.
    await clock.advance(Math.max(0, row.answeredMs - 20));
    expect(answered).toBe(row.answeredMs === 0);
    await clock.advance(20);
    expect(answered).toBe(true);
    expect(await waiting).toMatchObject({ name, done: false });
  },
);

test("it answers before the caller's deadline", async () => {
  const { clock, a, b } = pair();
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  let answered = false;
  const waiting = b.api.waitOperation({ name }, { timeoutMs: 20_000 }).finally(() => {
    answered = true;
  });
  await clock.advance(18_000);
  expect(answered).toBe(false);
  await clock.advance(1_000);
  expect(await waiting).toMatchObject({ done: false });
});

test.each([
  { leftMs: 600_000, waitsMs: 50_000 },
  { leftMs: 20_000, waitsMs: 19_000 },
  { leftMs: 4_000, waitsMs: 3_600 },
  { leftMs: 200, waitsMs: 150 },
  { leftMs: 80, waitsMs: 40 },
  { leftMs: 0, waitsMs: 0 },
  { leftMs: -50, waitsMs: 0 },
])("with $leftMs ms left it waits $waitsMs ms", async ({ leftMs, waitsMs }) => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const domain = () => "test";
  const registry = createOperationRegistry();
  const { service } = createOperationsApi({
    store,
    settings: settingsOf({ store, clock }),
    access: createAccess({ domain, onError() {} }),
    methods: new Map(),
    registry,
    opaque: { domain, closed: () => false, onError() {} },
    onCancelRequested() {},
  });
  const name = "operations/a";
  await store.insert(newOperation(name), { kind: "queued" });
  const method = Operations.method.waitOperation;
  const context = createHandlerContext({
    method,
    service: Operations,
    protocolName: "connect",
    requestMethod: "POST",
    url: "https://x",
    requestSignal: new AbortController().signal,
  });
  let answered = false;
  const waiting = Promise.resolve(
    service.waitOperation(create(WaitOperationRequestSchema, { name }), {
      ...context,
      timeoutMs: () => leftMs,
    }),
  ).finally(() => {
    answered = true;
  });
  await turns();
  await clock.advance(Math.max(0, waitsMs - 20));
  expect(answered).toBe(waitsMs === 0);
  await clock.advance(Math.min(20, waitsMs));
  await waiting;
  expect(clock.monotonic()).toBe(waitsMs);
});

test("a negative timeout is refused", async () => {
  const { a, b } = pair();
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  const call = b.api.waitOperation({ name, timeout: seconds(-1) });
  expect(await failureOf(call)).toMatchObject({
    code: "InvalidArgument",
    reason: "TIMEOUT_INVALID",
    details: { BadRequest: { fieldViolations: [{ field: "timeout" }] } },
  });
});

test("more waits than may be pending are refused, and worth trying again", async () => {
  const { a, b } = pair({ maxWaiters: 2 });
  await using _a = a;
  await using _b = b;
  const name = await a.start();
  const pending = [new AbortController(), new AbortController()].map((caller) => ({
    caller,
    call: b.api.waitOperation({ name }, { signal: caller.signal }).catch((error) => error),
  }));
  await turns();
  expect(await failureOf(b.api.waitOperation({ name }))).toEqual({
    code: "ResourceExhausted",
    message: "too many calls of WaitOperation are pending",
    reason: "TOO_MANY_WAITERS",
    domain: "checksum.v1.ChecksumService",
    details: {
      RetryInfo: expect.objectContaining({ retryDelay: expect.objectContaining(seconds(1)) }),
    },
  });
  // A caller who goes away makes room.
  pending[0]?.caller.abort();
  expect(await pending[0]?.call).toMatchObject({ code: Code.Canceled });
  const third = b.api.waitOperation({ name });
  await turns();
  await b.operations.close();
  expect(await Promise.all([pending[1]?.call, third])).toMatchObject([
    { done: false },
    { done: false },
  ]);
});
