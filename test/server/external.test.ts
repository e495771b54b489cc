// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { EmptySchema, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type CancelledOperation, memoryStore } from "../../src/server/index.ts";
import { as, type HostOptions, host, message, principal } from "./building.ts";
import { failureOf } from "./failure.ts";
import { linkTo } from "./link.ts";
import { steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";
import { turns, until } from "./turns.ts";

const external = { run: "external", timeoutMs: 60_000 };
const built = message("BuildResponse", { image: "built" });
const step = (name: string) => message("BuildMetadata", { step: name });

function hostOf(options: Partial<HostOptions> & { build?: object; clean?: unknown } = {}) {
  const { build = external, clean = external, ...rest } = options;
  const clock = options.clock ?? steppedClock();
  const link = linkTo(options.store ?? memoryStore({ clock }));
  return { link, clock, ...host({ build, clean }, { ...rest, clock, store: link.store }) };
}

describe.each(stores)("on $name", ({ open }) => {
  test("an external operation runs until the program says how it ends", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({ clock, store: opened.store });
    const { name, done } = await a.build({});
    expect(done).toBe(false);
    expect(await a.operations.report(name, step("one"))).toBe("applied");
    expect(await a.operations.report(name, step("two"))).toBe("applied");
    expect(await a.outcome(name)).toMatchObject({ kind: "running", metadata: { step: "two" } });
    const waiting = a.api.waitOperation({ name });
    await turns();
    expect(await a.operations.complete(name, built)).toBe("applied");
    expect(await waiting).toMatchObject({ done: true });
    expect(await a.outcome(name)).toMatchObject({
      kind: "succeeded",
      response: { image: "built" },
      metadata: { step: "two" },
    });
    expect(a.events).toMatchObject([
      { kind: "started", name },
      { kind: "ended", name, method: "build.v1.Builder/Build", code: undefined, cutOff: false },
    ]);
    expect(a.errors).toEqual([]);
  });

  test("the end is told again as same, and anything else is refused", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({ clock, store: opened.store });
    const { operations } = a;
    const { name } = await a.build({});
    await operations.complete(name, built);
    expect(await operations.complete(name, built)).toBe("same");
    expect(await operations.complete(name, message("BuildResponse"))).toBe("refused");
    expect(await operations.fail(name, new ConnectError("no", Code.NotFound))).toBe("refused");
    expect(await operations.report(name, step("late"))).toBe("refused");
    expect(await a.outcome(name)).toMatchObject({
      response: { image: "built" },
      metadata: undefined,
    });
    const { name: other } = await a.build({});
    await operations.fail(other, new ConnectError("no", Code.NotFound));
    expect(await operations.fail(other, new ConnectError("no", Code.NotFound))).toBe("same");
    expect(await operations.fail(other, new ConnectError("yes", Code.NotFound))).toBe("refused");
    expect(await operations.complete(other, built)).toBe("refused");
    expect(a.events.filter(({ kind }) => kind === "ended")).toHaveLength(2);
  });

  test("of ends that race one is applied", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({ clock, store: opened.store });
    await using b = hostOf({ clock, store: opened.store });
    const { name } = await a.build({});
    const race = [a, b, a, b].map(({ operations }) => operations.complete(name, built));
    expect((await Promise.all(race)).sort()).toEqual(["applied", "same", "same", "same"]);
    const { name: other } = await a.build({});
    const mixed = [
      a.operations.complete(other, built),
      b.operations.fail(other, new ConnectError("no")),
    ];
    expect((await Promise.all(mixed)).sort()).toEqual(["applied", "refused"]);
  });

  test("after a cancel request a success stands, and a failure is CANCELLED", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({ clock, store: opened.store });
    const { name: success } = await a.build({});
    const { name: failure } = await a.build({});
    for (const name of [success, failure]) {
      await a.api.cancelOperation({ name });
      expect(await a.outcome(name)).toMatchObject({ kind: "running" });
      expect(await a.operations.report(name, step("stopping"))).toBe("applied");
    }
    const error = new ConnectError("stopped", Code.Aborted);
    expect(await a.operations.complete(success, built)).toBe("applied");
    expect(await a.operations.fail(failure, error)).toBe("applied");
    expect(await a.outcome(success)).toMatchObject({ kind: "succeeded" });
    expect(await a.outcome(failure)).toMatchObject({ kind: "cancelled" });
    expect(await a.operations.fail(failure, error)).toBe("same");
    expect(await a.operations.fail(success, error)).toBe("refused");
  });

  test("one that ignores a cancel request is CANCELLED after the grace", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const build = { ...external, cancelGraceMs: 1_000 };
    await using a = hostOf({ clock, store: opened.store, build, sweepIntervalMs: 500 });
    const { name } = await a.build({});
    await a.api.cancelOperation({ name });
    await clock.advance(2_000);
    await until(async () => (await a.outcome(name)).kind === "cancelled");
    expect(await a.operations.complete(name, built)).toBe("refused");
  });

  test("one that takes too long is given up", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({
      clock,
      store: opened.store,
      build: { ...external, timeoutMs: 10_000 },
    });
    const { name } = await a.build({});
    await clock.advance(9_000);
    expect(await a.outcome(name)).toMatchObject({ kind: "running" });
    await clock.advance(7_000);
    await until(async () => (await a.outcome(name)).kind === "failed");
    const outcome = await a.outcome(name);
    expect(outcome).toMatchObject({ error: { code: Code.Aborted } });
    const [info] = outcome.kind === "failed" ? outcome.error.findDetails(ErrorInfoSchema) : [];
    expect(info).toMatchObject({ reason: "EXTERNAL_TIMED_OUT" });
    expect(await a.operations.complete(name, built)).toBe("refused");
  });

  test("an exclusive key is held until the end", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    const build = { ...external, start: () => ({ exclusive: "x" }) };
    await using a = hostOf({ clock, store: opened.store, build });
    const { name } = await a.build({});
    expect(await failureOf(a.build({}))).toMatchObject({ reason: "OPERATION_EXCLUDED" });
    await a.operations.complete(name, built);
    await a.build({});
  });

  test("nothing is to be said of what was deleted, or never was", async () => {
    const clock = steppedClock();
    await using opened = await open(clock);
    await using a = hostOf({ clock, store: opened.store });
    const { name } = await a.build({});
    await a.api.deleteOperation({ name });
    for (const absent of [name, "operations/never", "nonsense", ""]) {
      expect(await a.operations.report(absent, step("x"))).toBe("refused");
      expect(await a.operations.complete(absent, built)).toBe("refused");
      expect(await a.operations.fail(absent, new Error("no"))).toBe("refused");
    }
  });
});

test("start may give an external operation its metadata, or end it at once", async () => {
  const start = ({ target }: { target: string }) =>
    target === "cached" ? { response: built } : { metadata: step("sent") };
  await using a = hostOf({ build: { ...external, start } });
  expect(await a.build({ target: "cached" })).toMatchObject({ done: true });
  const { name } = await a.build({});
  expect(await a.outcome(name)).toMatchObject({ kind: "running", metadata: { step: "sent" } });
});

test("what fails ends as if a handler had thrown it", async () => {
  await using a = hostOf({
    mapError: (error) => (error === "mapped" ? new ConnectError("known", Code.DataLoss) : error),
  });
  const start = async () => (await a.build({})).name;
  const detail = { desc: ErrorInfoSchema, value: { reason: "DISK_FULL", domain: "build" } };
  const [plain, detailed, mapped] = [await start(), await start(), await start()];
  await a.operations.fail(plain, new Error("secret"));
  expect(await a.outcome(plain)).toMatchObject({
    error: { code: Code.Internal, rawMessage: "the operation failed for an internal reason" },
  });
  expect(a.errors).toMatchObject([
    { error: { message: "secret" }, context: { operation: plain, source: "handler" } },
  ]);
  const error = new ConnectError("disk full", Code.ResourceExhausted, undefined, [detail]);
  await a.operations.fail(detailed, error);
  const outcome = await a.outcome(detailed);
  expect(outcome).toMatchObject({
    error: { code: Code.ResourceExhausted, rawMessage: "disk full" },
  });
  const [info] = outcome.kind === "failed" ? outcome.error.findDetails(ErrorInfoSchema) : [];
  expect(info).toMatchObject({ reason: "DISK_FULL" });
  await a.operations.fail(mapped, "mapped");
  expect(await a.outcome(mapped)).toMatchObject({ error: { code: Code.DataLoss } });
});

test("where the response is Empty it may be left out, and elsewhere it may not", async () => {
  await using a = hostOf();
  const { name } = await a.clean({});
  expect(await a.operations.complete(name)).toBe("applied");
  expect(await a.operations.complete(name, create(EmptySchema))).toBe("same");
  const { name: other } = await a.build({});
  await expect(a.operations.complete(other)).rejects.toThrow(
    `Expected complete() of ${other} to be given a build.v1.BuildResponse, got undefined`,
  );
});

test("a message of another type is a mistake of the program", async () => {
  await using a = hostOf();
  const { name } = await a.build({});
  const { operations } = a;
  await expect(operations.complete(name, create(StringValueSchema))).rejects.toThrow(
    `Expected complete() of ${name} to be given a build.v1.BuildResponse, got google.protobuf.StringValue`,
  );
  await expect(operations.report(name, built)).rejects.toThrow(
    `Expected report() of ${name} to be given a build.v1.BuildMetadata, got build.v1.BuildResponse`,
  );
  await expect(operations.report(name, { step: "one" } as never)).rejects.toThrow("got object");
  expect(await a.outcome(name)).toMatchObject({ kind: "running", metadata: undefined });
});

test("messages have the limits of all others", async () => {
  await using a = hostOf({ maxOperationBytes: 128 * 1024 });
  const { name } = await a.build({});
  await expect(a.operations.report(name, step("x".repeat(65_536)))).rejects.toThrow("65540 bytes");
  await a.operations.report(name, step("x".repeat(65_000)));
  const image = (bytes: number) => message("BuildResponse", { image: "x".repeat(bytes) });
  const tooLarge = a.operations.complete(name, image(64_000));
  expect(await failureOf(tooLarge)).toMatchObject({ reason: "RESPONSE_TOO_LARGE" });
  expect(await a.operations.complete(name, image(60_000))).toBe("applied");
});

test("only what is external, and implemented here, is ended so", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await using a = hostOf({ clock, store, build: external, clean: () => new Promise(() => {}) });
  const { name } = await a.clean({});
  await expect(a.operations.complete(name)).rejects.toThrow(
    `${name} is of build.v1.Builder/Clean, whose handler ends it: it is not \`run: "external"\``,
  );
  const { name: other } = await a.build({});
  await using b = host({}, { clock, store: linkTo(store).store });
  await expect(b.operations.fail(other, new Error())).rejects.toThrow(
    `${other} is of build.v1.Builder/Build, which this program does not implement`,
  );
});

test("a store that is away is told of, and the call may be repeated", async () => {
  await using a = hostOf();
  const { name } = await a.build({});
  a.link.down = true;
  await expect(a.operations.complete(name, built)).rejects.toThrow("The link is down");
  a.link.down = false;
  expect(await a.operations.complete(name, built)).toBe("applied");
});

describe("onCancel", () => {
  test("is told once, by the process that was asked", async () => {
    const clock = steppedClock();
    const store = memoryStore({ clock });
    const told: [string, CancelledOperation][] = [];
    const build = (who: string) => ({
      ...external,
      onCancel: (operation: CancelledOperation) => void told.push([who, operation]),
    });
    await using a = hostOf({ clock, store, principal, build: build("a") });
    await using b = hostOf({ clock, store, principal, build: build("b") });
    const { name } = await a.build({}, as("ann"));
    await b.api.cancelOperation({ name }, as("ann"));
    await a.api.cancelOperation({ name }, as("ann"));
    await turns();
    expect(told).toEqual([["b", { name, principal: "ann" }]]);
  });

  test("is not told of what has ended, or is another's", async () => {
    const told: CancelledOperation[] = [];
    const build = { ...external, onCancel: (it: CancelledOperation) => void told.push(it) };
    await using a = hostOf({ principal, build });
    const { name } = await a.build({}, as("ann"));
    await a.api.cancelOperation({ name }, as("bob")).catch(() => {});
    await a.operations.complete(name, built);
    await a.api.cancelOperation({ name }, as("ann"));
    await turns();
    expect(told).toEqual([]);
  });

  test("is not told of what another version of the program runs itself", async () => {
    const clock = steppedClock();
    const store = memoryStore({ clock });
    const told: CancelledOperation[] = [];
    const build = { ...external, onCancel: (it: CancelledOperation) => void told.push(it) };
    await using a = hostOf({ clock, store, build: () => new Promise(() => {}) });
    await using b = hostOf({ clock, store, build });
    const { name } = await a.build({});
    await until(() => a.events.some(({ kind }) => kind === "attempted"));
    await b.api.cancelOperation({ name });
    await turns();
    expect(told).toEqual([]);
    await expect(b.operations.fail(name, new Error("no"))).rejects.toThrow("whose handler ends it");
  });

  test.each([
    () => {
      throw new Error("cannot");
    },
    () => Promise.reject(new Error("cannot")),
  ])("that fails fails nothing else", async (onCancel) => {
    await using a = hostOf({ build: { ...external, onCancel } });
    const { name } = await a.build({});
    await a.api.cancelOperation({ name });
    await until(() => a.errors.length > 0);
    expect(a.errors).toMatchObject([
      { error: { message: "cannot" }, context: { operation: name, source: "handler" } },
    ]);
  });

  test("may end the operation itself", async () => {
    const build: object = {
      ...external,
      onCancel: ({ name }: CancelledOperation) => a.operations.fail(name, new Error("stopped")),
    };
    await using a = hostOf({ build });
    const { name } = await a.build({});
    await a.api.cancelOperation({ name });
    await until(async () => (await a.outcome(name)).kind === "cancelled");
  });
});
