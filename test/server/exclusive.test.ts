// SPDX-License-Identifier: Apache-2.0

import { ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { as, type Host, type HostOptions, host, principal } from "./building.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { until } from "./turns.ts";

const requestId = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";

interface Request {
  readonly parent: string;
  readonly target: string;
  readonly key: string;
}

/** Operations that hold their target until the gate is open. */
function hostOf(go: Promise<unknown>, options: Partial<HostOptions> = {}) {
  const clock = options.clock ?? steppedClock();
  const store = options.store ?? memoryStore({ clock });
  const parent = (request: Request) => request.parent;
  const run = async () => {
    await go;
    return {};
  };
  const handlers = {
    build: { parent, run, start: ({ target }: Request) => ({ exclusive: target }) },
    clean: { parent, run, start: ({ key }: Request) => ({ exclusive: key }) },
  };
  return host(handlers, { ...options, store, clock });
}

const excluded = {
  code: "Aborted",
  message: "another operation is under way that excludes this one",
  reason: "OPERATION_EXCLUDED",
  domain: "build.v1.Builder",
  details: {},
};

const isDone = async (a: Host, name: string) => (await a.api.getOperation({ name })).done;

describe.each(stores)("on $name", ({ open }) => {
  test("a second operation on the same key waits its turn", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const go = gate();
    await using a = hostOf(go.passed, { clock, store: opened.store });
    const { name } = await a.build({ target: "x" });
    expect(await failureOf(a.build({ target: "x" }))).toEqual(excluded);
    expect(await failureOf(a.clean({ key: "x" })), "another method").toEqual(excluded);
    await a.build({ target: "y" });
    go.open();
    await until(() => isDone(a, name));
    await a.build({ target: "x" });
  });

  test("of those that race for a key one wins", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const go = gate();
    await using a = hostOf(go.passed, { clock, store: opened.store });
    await using b = hostOf(go.passed, { clock, store: linkTo(opened.store).store });
    const race = await Promise.allSettled([a, b, a, b].map((it) => it.build({ target: "x" })));
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await a.api.listOperations({})).operations).toHaveLength(1);
    go.open();
  });

  test("the key of one that is cut off stays taken until its lease is over", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const go = gate();
    await using a = hostOf(go.passed, {
      clock,
      store: opened.store,
      leaseMs: 30_000,
      cancelGraceMs: 1_000,
      sweepIntervalMs: 500,
    });
    const { name } = await a.build({ target: "x" });
    await until(() => a.events.some(({ kind }) => kind === "attempted"));
    await a.api.cancelOperation({ name });
    await clock.advance(3_000);
    await until(() => isDone(a, name));
    expect(await failureOf(a.build({ target: "x" }))).toEqual(excluded);
    await clock.advance(30_000);
    await a.build({ target: "x" });
    go.open();
  });

  test("one that is deleted holds its key until its handler has settled", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const go = gate();
    await using a = hostOf(go.passed, { clock, store: opened.store });
    const { name } = await a.build({ target: "x" });
    await a.api.deleteOperation({ name });
    expect(await failureOf(a.build({ target: "x" }))).toEqual(excluded);
    go.open();
    await until(() =>
      a.build({ target: "x" }).then(
        () => true,
        () => false,
      ),
    );
  });
});

test("keys are of one caller, and of one parent", async () => {
  const go = gate();
  await using a = hostOf(go.passed, { principal });
  await a.build({ target: "x" }, as("ann"));
  await a.build({ target: "x" }, as("bob"));
  await a.build({ target: "x", parent: "projects/p" }, as("ann"));
  expect(await failureOf(a.build({ target: "x" }, as("bob")))).toEqual(excluded);
  go.open();
});

test("a key may be empty: it is one like any other", async () => {
  const go = gate();
  await using a = hostOf(go.passed);
  await a.build({ target: "" });
  expect(await failureOf(a.build({ target: "" }))).toEqual(excluded);
  go.open();
});

test("a repeated request is no second operation", async () => {
  const go = gate();
  await using a = hostOf(go.passed);
  const { name } = await a.build({ target: "x", requestId });
  expect(await a.build({ target: "x", requestId })).toMatchObject({ name });
  go.open();
});

test("one that was refused for its key may be sent again, with the same id", async () => {
  const go = gate();
  await using a = hostOf(go.passed);
  const { name } = await a.build({ target: "x" });
  expect(await failureOf(a.build({ target: "x", requestId }))).toEqual(excluded);
  go.open();
  await until(() => isDone(a, name));
  await a.build({ target: "x", requestId });
});

test("one that ends as it starts needs the key, and does not keep it", async () => {
  const clock = steppedClock();
  const go = gate();
  const start = ({ target }: Request) =>
    target === "now" ? { exclusive: "x", response: {} } : { exclusive: "x" };
  const build = { start, run: () => go.passed.then(() => ({})) };
  await using a = host({ build }, { clock, store: memoryStore({ clock }) });
  await a.build({ target: "now" });
  await a.build({ target: "now" });
  await a.build({ target: "later" });
  expect(await failureOf(a.build({ target: "now" }))).toEqual(excluded);
  go.open();
});

test("an operation that fails gives its key back", async () => {
  const clock = steppedClock();
  const build = {
    start: () => ({ exclusive: "x" }),
    run: () => Promise.reject(new ConnectError("no")),
  };
  await using a = host({ build }, { clock, store: memoryStore({ clock }) });
  const { name } = await a.build({});
  await until(() => isDone(a, name));
  await a.build({});
});
