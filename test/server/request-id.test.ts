// SPDX-License-Identifier: Apache-2.0

import { createFileRegistry, type DescService } from "@bufbuild/protobuf";
import { array, assert, asyncProperty, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveOperations } from "../../src/index.ts";
import { memoryStore, type StartContext } from "../../src/server/index.ts";
import { requestKeyOf } from "../../src/server/start/operation-keys.ts";
import { compileProto } from "../compile-proto.ts";
import { as, type HostOptions, host, principal } from "./building.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const requestId = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";
const run = async () => ({ image: "built" });
const day = 24 * 60 * 60 * 1000;

function hostOf(
  handlers: object = { build: run, clean: async () => ({}) },
  options: Partial<HostOptions> = {},
) {
  const clock = options.clock ?? steppedClock();
  const link = linkTo(options.store ?? memoryStore({ clock }));
  return { link, clock, ...host(handlers, { ...options, store: link.store, clock }) };
}

describe.each(stores)("on $name", ({ open }) => {
  test("a repeated request is answered with its operation, as it is now", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const go = gate();
    const build = { run: () => go.passed.then(run) };
    await using a = hostOf({ build }, { clock, store: opened.store });
    const first = await a.build({ requestId, target: "x" });
    expect(await a.build({ requestId, target: "x" })).toMatchObject({
      name: first.name,
      done: false,
    });
    go.open();
    await until(async () => (await a.outcome(first.name)).kind === "succeeded");
    expect(await a.build({ requestId, target: "x" })).toMatchObject({
      name: first.name,
      done: true,
    });
    expect((await a.api.listOperations({})).operations).toHaveLength(1);
  });

  test("of requests that race one is stored, start is told one name, and all are answered alike", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const told: string[] = [];
    let runs = 0;
    const all = gate();
    const build = {
      async start(_: unknown, { name }: StartContext) {
        told.push(name);
        if (told.length === 4) {
          all.open();
        }
        await all.passed;
      },
      async run() {
        runs++;
        return {};
      },
    };
    await using a = hostOf({ build }, { clock, store: opened.store });
    await using b = hostOf({ build }, { clock, store: linkTo(opened.store).store });
    const answers = await Promise.all([a, b, a, b].map((it) => it.build({ requestId })));
    expect(new Set([...answers.map(({ name }) => name), ...told]).size).toBe(1);
    expect(told).toHaveLength(4);
    expect((await a.api.listOperations({})).operations).toHaveLength(1);
    await until(async () => (await a.outcome(told[0] ?? "")).kind === "succeeded");
    await turns();
    expect(runs).toBe(1);
    expect([...a.events, ...b.events].filter(({ kind }) => kind === "started")).toHaveLength(1);
  });

  test("of requests that race and differ, one is refused", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const both = gate();
    let started = 0;
    const start = () => (++started === 2 ? both.open() : both.passed);
    await using a = hostOf({ build: { start, run } }, { clock, store: opened.store });
    const race = ["x", "y"].map((target) => a.build({ requestId, target }));
    const settled = await Promise.allSettled(race);
    expect(settled.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = race[settled.findIndex(({ status }) => status === "rejected")];
    expect(await failureOf(loser as Promise<unknown>)).toMatchObject({
      reason: "REQUEST_ID_REUSED",
    });
  });

  // Nothing works: its timers would go on all day.
  const ended = { start: () => ({ response: { image: "built" } }), run };
  const idle = { work: false };

  test("an id is remembered past Delete, for a day at least, and then forgotten", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const build = { ...ended, retentionMs: 1_000 };
    await using a = hostOf({ build }, { clock, store: opened.store, ...idle });
    const { name } = await a.build({ requestId });
    await a.api.deleteOperation({ name });
    const gone = {
      code: "FailedPrecondition",
      message: "the operation that this request has started was deleted, or has expired",
      reason: "OPERATION_GONE",
      domain: "build.v1.Builder",
      details: {},
    };
    expect(await failureOf(a.build({ requestId }))).toEqual(gone);
    await clock.advance(day - 60_000);
    await opened.store.purge(10);
    expect(await failureOf(a.build({ requestId, target: "x" }))).toEqual(gone);
    await clock.advance(120_000);
    expect(await a.build({ requestId, target: "x" })).toMatchObject({ name, done: true });
  });

  test("an id is remembered past expiry", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const build = { ...ended, retentionMs: 60_000 };
    await using a = hostOf({ build }, { clock, store: opened.store, ...idle });
    const { name } = await a.build({ requestId });
    await clock.advance(120_000);
    expect(await failureOf(a.api.getOperation({ name }))).toMatchObject({ code: "NotFound" });
    expect(await failureOf(a.build({ requestId }))).toMatchObject({ reason: "OPERATION_GONE" });
  });

  test("an id is remembered for as long as its operation is kept", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const build = { ...ended, retentionMs: 3 * day };
    await using a = hostOf({ build }, { clock, store: opened.store, ...idle });
    const { name } = await a.build({ requestId });
    await clock.advance(2 * day);
    expect(await a.build({ requestId })).toMatchObject({ name, done: true });
  });
});

test("the name derives from caller, method and id, and from a secret", async () => {
  const store = memoryStore();
  const clock = steppedClock();
  const names = async (over = store) => {
    await using a = hostOf(undefined, { principal, store: linkTo(over).store, clock });
    const calls = [
      a.build({ requestId }, as("ann")),
      a.build({ requestId: requestId.replace("0b", "0c") }, as("ann")),
      a.build({ requestId }, as("bob")),
      a.clean({ requestId }, as("ann")),
      a.clean({}, as("ann")),
    ];
    return await Promise.all(calls.map(async (call) => (await call).name));
  };
  const first = await names();
  const second = await names();
  const elsewhere = await names(memoryStore());
  expect(second.slice(0, 4)).toEqual(first.slice(0, 4));
  expect(new Set([...first, ...second, ...elsewhere]).size).toBe(5 + 1 + 5);
});

test("what one caller uses as an id is no concern of another's", async () => {
  await using a = hostOf(undefined, { principal });
  const ann = await a.build({ requestId, target: "x" }, as("ann"));
  const bob = await a.build({ requestId, target: "y" }, as("bob"));
  expect(bob.name).not.toBe(ann.name);
  await a.api.deleteOperation({ name: ann.name }, as("ann"));
  expect(await a.build({ requestId, target: "y" }, as("bob"))).toMatchObject({ name: bob.name });
});

test("keys of different callers, methods and ids are different", () => {
  const parts = array(constantFrom('"', ",", "\\", "[", "]", "a", ""), { maxLength: 4 }).map((p) =>
    p.join(""),
  );
  assert(
    property(
      array(parts, { minLength: 6, maxLength: 6 }),
      ([a = "", b = "", c = "", d = "", e = "", f = ""]) => {
        const one = requestKeyOf({ owner: a, method: b, id: c });
        const other = requestKeyOf({ owner: d, method: e, id: f });
        expect(one === other).toBe(a === d && b === e && c === f);
      },
    ),
  );
});

test("a UUID is the same in whatever case, and is a version 4", async () => {
  await using a = hostOf();
  const { name } = await a.build({ requestId });
  expect(await a.build({ requestId: requestId.toUpperCase() })).toMatchObject({ name });
  for (const invalid of [
    "abc",
    "00000000-0000-0000-0000-000000000000",
    "0b4c1f0e-2a6d-1a31-9b5e-3a1f0c2d4e5f",
    "0b4c1f0e-2a6d-4a31-cb5e-3a1f0c2d4e5f",
    `{${requestId}}`,
    `${requestId}\n`,
    requestId.replaceAll("-", ""),
  ]) {
    expect(await failureOf(a.build({ requestId: invalid }))).toEqual({
      code: "InvalidArgument",
      message: "request_id: must be a version 4 UUID",
      reason: "REQUEST_ID_INVALID",
      domain: "build.v1.Builder",
      details: {
        BadRequest: expect.objectContaining({
          fieldViolations: [
            expect.objectContaining({
              field: "request_id",
              description: "must be a version 4 UUID",
              reason: "REQUEST_ID_INVALID",
            }),
          ],
        }),
      },
    });
  }
});

test("without an id nothing is looked up, and each request starts an operation of its own", async () => {
  await using a = hostOf();
  const names = [await a.build({}), await a.build({ requestId: "" })].map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
  expect(a.link.calls).toMatchObject({ earlier: 0, secret: 0, insert: 2 });
});

test("what a request holds may have an id of its own, which is none of the request", async () => {
  const registry = createFileRegistry(
    compileProto({
      "shop.proto": `
        syntax = "proto3";
        package shop.v1;
        import "google/api/field_info.proto";
        import "google/longrunning/operations.proto";
        service Shop {
          rpc Build(BuildRequest) returns (google.longrunning.Operation) {
            option (google.longrunning.operation_info) = {
              response_type: "Order", metadata_type: "Order"
            };
          }
        }
        message BuildRequest { Order order = 1; }
        message Order { string request_id = 1 [(google.api.field_info).format = UUID4]; }
      `,
    }),
  );
  const service = resolveOperations(registry.getService("shop.v1.Shop") as DescService, registry);
  await using a = hostOf({ build: async () => ({}) }, { service });
  const names = [requestId, requestId, "abc"].map(async (id) => {
    const { name } = await a.build({ order: { requestId: id } });
    return name;
  });
  expect(new Set(await Promise.all(names)).size).toBe(3);
  expect(a.link.calls).toMatchObject({ earlier: 0, insert: 3 });
});

test("a method may say itself what the id is", async () => {
  const build = { requestId: ({ target }: { target: string }) => target, run };
  await using a = hostOf({ build });
  const { name } = await a.build({ target: "it" });
  expect(await a.build({ target: "it" })).toMatchObject({ name });
  expect((await a.build({ target: "IT" })).name).not.toBe(name);
  const reused = a.build({ target: "it", labels: { a: "b" } });
  expect(await failureOf(reused)).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  await a.build({ target: "x".repeat(128) });
  for (const target of ["x".repeat(129), "a\n", "ä"]) {
    expect(await failureOf(a.build({ target }))).toMatchObject({
      reason: "REQUEST_ID_INVALID",
      message: "request_id: must be printable ASCII, of at most 128 characters",
    });
  }
});

test("a store that cannot tell its secret fails the request, and the next one goes well", async () => {
  await using a = hostOf();
  a.link.before = (method) => {
    if (method === "secret") {
      throw new Error("The store is away");
    }
  };
  expect(await failureOf(a.build({ requestId }))).toMatchObject({ reason: "STORE_FAILED" });
  a.link.before = () => {};
  await a.build({ requestId });
});

test("whatever the id, the same caller finds the same operation", async () => {
  const build = { requestId: ({ target }: { target: string }) => target, run };
  await using a = hostOf({ build }, { principal });
  const printable = string({ minLength: 1, maxLength: 20 }).map((id) =>
    id.replaceAll(/[^\x20-\x7e]/g, "?"),
  );
  await assert(
    asyncProperty(printable, constantFrom("ann", "bob"), async (target, caller) => {
      const [{ name }, again] = [
        await a.build({ target }, as(caller)),
        await a.build({ target }, as(caller)),
      ];
      const other = await a.build({ target }, as("eve"));
      expect(again.name).toBe(name);
      expect(other.name).not.toBe(name);
    }),
    { numRuns: 50 },
  );
  await turns();
});
