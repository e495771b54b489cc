// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createContextKey } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { readAny } from "../../src/index.ts";
import { memoryStore, type OperationAccess, type StartContext } from "../../src/server/index.ts";
import { as, type Host, type HostOptions, host, message, principal, types } from "./building.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const id = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";

function hostOf(handlers: object, options: Partial<HostOptions> = {}) {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  return { link, clock, ...host(handlers, { store: link.store, clock, ...options }) };
}

const run = async () => ({ image: "built" });

test("start is told the name, the caller, and the call, before the RPC answers", async () => {
  const told: StartContext[] = [];
  const start = (_: unknown, context: StartContext) => void told.push(context);
  await using a = hostOf({ build: { start, run } }, { principal });
  const { name } = await a.build({ target: "x" }, as("ann"));
  expect(told).toMatchObject([{ name, principal: "ann", validateOnly: false }]);
  expect(told[0]?.context.requestHeader.get("caller")).toBe("ann");
  expect(told[0]?.context.values.get(createContextKey("default"))).toBe("default");
});

test("where callers are not told apart, start is told of none", async () => {
  const told: StartContext[] = [];
  await using a = hostOf({
    build: { start: (_: unknown, c: StartContext) => void told.push(c), run },
  });
  await a.build({});
  expect(told).toMatchObject([{ principal: undefined }]);
});

test("the handler is given the request as it was sent, and the metadata of start", async () => {
  const seen: unknown[] = [];
  const start = async (request: { target: string }) => {
    request.target = "changed";
    return { metadata: { step: "queued" } };
  };
  const build = {
    start,
    async run(request: { target: string }, operation: { metadata: { step: string } }) {
      seen.push(request.target, operation.metadata.step);
      return {};
    },
  };
  await using a = hostOf({ build });
  const operation = await a.build({ target: "app" });
  expect(readAny(operation.metadata, types)).toMatchObject({ message: { step: "queued" } });
  await until(() => seen.length > 0);
  expect(seen).toEqual(["app", "queued"]);
});

test("an operation whose start gives a response is done, and nothing runs", async () => {
  let runs = 0;
  const start = () => ({ response: { image: "cached" }, metadata: { step: "cached" } });
  await using a = hostOf({ build: { start, run: async () => void runs++ } });
  const operation = await a.build({});
  expect(operation).toMatchObject({ done: true });
  expect(await a.outcome(operation.name)).toMatchObject({
    kind: "succeeded",
    response: { image: "cached" },
    metadata: { step: "cached" },
  });
  await turns();
  expect(runs).toBe(0);
  expect(a.events).toMatchObject([
    { kind: "started", name: operation.name, method: "build.v1.Builder/Build" },
    { kind: "ended", name: operation.name, code: undefined, elapsedMs: 0, cutOff: false },
  ]);
});

test("what start throws is the answer, and nothing is stored", async () => {
  const start = async () => {
    throw new ConnectError("no such target", Code.NotFound, { "x-hint": "look again" });
  };
  await using a = hostOf({ build: { start, run } });
  const refused = a.build({});
  await expect(refused).rejects.toMatchObject({
    code: Code.NotFound,
    rawMessage: "no such target",
  });
  await refused.catch((error: ConnectError) => {
    expect(error.metadata.get("x-hint")).toBe("look again");
  });
  expect(a.link.calls.insert).toBe(0);
  expect(a.errors).toEqual([]);
  expect(a.events).toEqual([]);
});

test.each([
  { what: "an error", build: { start: () => Promise.reject(new Error("secret")), run } },
  {
    what: "metadata of another type",
    build: { start: () => ({ metadata: message("BuildResponse") }), run },
  },
  {
    what: "a response of another type",
    build: { start: () => ({ response: message("BuildMetadata") }), run },
  },
  { what: "a key that is none", build: { start: () => ({ exclusive: 5 }), run } },
  {
    what: "a key that is too long",
    build: { start: () => ({ exclusive: "x".repeat(1_025) }), run },
  },
  { what: "a parent that is none", build: { parent: () => 5, run } },
  { what: "an id that is none", build: { requestId: () => 5, run } },
  { what: "an error over the id", build: { requestId: () => expect.fail("secret"), run } },
])("of $what the caller is told nothing, and onError all", async ({ build }) => {
  await using a = hostOf({ build });
  expect(await failureOf(a.build({}))).toEqual({
    code: "Internal",
    message: "the operation could not be started, for an internal reason",
    reason: "START_FAILED",
    domain: "build.v1.Builder",
    details: {},
  });
  expect(a.link.calls.insert).toBe(0);
  expect(a.errors).toMatchObject([{ context: { operation: undefined, source: "handler" } }]);
  expect(a.errors[0]?.error).toBeInstanceOf(Error);
});

test("metadata and responses of start have the limits of all others", async () => {
  const step = "x".repeat(65_536);
  await using a = hostOf({ build: { start: () => ({ metadata: { step } }), run } });
  expect(await failureOf(a.build({}))).toMatchObject({ reason: "METADATA_TOO_LARGE" });
  const image = "x".repeat(4 * 1024 * 1024);
  await using b = hostOf({ build: { start: () => ({ response: { image } }), run } });
  expect(await failureOf(b.build({}))).toMatchObject({ reason: "RESPONSE_TOO_LARGE" });
  const both = { metadata: { step: "x".repeat(60_000) }, response: { image: "x".repeat(64_000) } };
  await using c = hostOf({ build: { start: () => both, run } }, { maxOperationBytes: 128 * 1024 });
  await c.build({});
  both.response.image = "x".repeat(68_000);
  expect(await failureOf(c.build({}))).toMatchObject({ reason: "RESPONSE_TOO_LARGE" });
  expect(a.link.calls.insert + b.link.calls.insert).toBe(0);
});

/** A host that notes what it is asked, in the order in which it is. */
function noting(options: Partial<HostOptions> = {}) {
  const notes: string[] = [];
  const note = <T>(what: string, answer: T): T => {
    notes.push(what);
    return answer;
  };
  const build = {
    parent: (request: { parent: string }) => note("parent", request.parent),
    requestId: (request: { requestId: string }) => note("requestId", request.requestId),
    start: () => note("start", undefined),
    run,
  };
  const a = hostOf(
    { build },
    {
      principal: (context) => note("principal", principal(context)),
      authorize: () => note("authorize", "own"),
      ...options,
    },
  );
  a.link.before = (method) => {
    if (["earlier", "insert", "isTaken"].includes(method)) {
      notes.push(method);
    }
  };
  return { ...a, notes };
}

test("a start is decided on in a fixed order", async () => {
  await using a = noting();
  const request = { parent: "projects/p", requestId: "abc" };
  await a.build(request, as("ann"));
  const admitted = ["principal", "parent", "authorize"];
  expect(a.notes).toEqual([...admitted, "requestId", "earlier", "start", "insert"]);
  a.notes.length = 0;
  await a.build(request, as("ann"));
  expect(a.notes, "a duplicate").toEqual([...admitted, "requestId", "earlier"]);
});

test.each([
  { request: {}, caller: undefined, reason: "UNAUTHENTICATED", notes: ["principal"] },
  {
    request: { parent: "p" },
    caller: "ann",
    reason: "PARENT_INVALID",
    notes: ["principal", "parent"],
  },
  {
    request: { requestId: "\n" },
    caller: "ann",
    authorize: () => "none" as const,
    reason: "START_DENIED",
    notes: ["principal", "parent"],
  },
  {
    request: { requestId: "\n", target: "x".repeat(100) },
    caller: "ann",
    reason: "REQUEST_TOO_LARGE",
    notes: ["principal", "parent", "authorize"],
  },
  {
    request: { requestId: "\n" },
    caller: "ann",
    reason: "REQUEST_ID_INVALID",
    notes: ["principal", "parent", "authorize", "requestId"],
  },
])("nothing is asked after $reason", async ({ request, caller, reason, notes, authorize }) => {
  await using a = noting({ maxRequestBytes: 50, ...(authorize && { authorize }) });
  const call = a.build(request, caller === undefined ? {} : as(caller));
  expect(await failureOf(call)).toMatchObject({ reason });
  expect(a.notes).toEqual(notes);
});

test("authorize is told who is to start what, and where", async () => {
  const asked: OperationAccess[] = [];
  await using a = hostOf(
    { build: { parent: ({ parent }: { parent: string }) => parent, run }, clean: run },
    {
      principal,
      authorize(access) {
        asked.push(access);
        return access.action === "start" && access.parent === "" ? "all" : "none";
      },
    },
  );
  await a.clean({}, as("ann"));
  expect(await failureOf(a.build({ parent: "projects/p" }, as("bob")))).toEqual({
    code: "PermissionDenied",
    message: "the caller may not start this operation",
    reason: "START_DENIED",
    domain: "build.v1.Builder",
    details: {},
  });
  expect(asked).toEqual([
    { action: "start", method: "build.v1.Builder/Clean", parent: "", principal: "ann" },
    { action: "start", method: "build.v1.Builder/Build", parent: "projects/p", principal: "bob" },
  ]);
});

test("each caller may have so many calls under way that start something, whatever becomes of them", async () => {
  const starting = gate();
  const start = async ({ target }: { target: string }) => {
    await starting.passed;
    if (target === "bad") {
      throw new ConnectError("bad", Code.InvalidArgument);
    }
  };
  await using a = hostOf({ build: { start, run } }, { principal, maxStarts: 2 });
  const held = [a.build({}, as("ann")), a.build({ target: "bad" }, as("ann"))];
  await turns();
  const refused = await failureOf(a.build({}, as("ann")));
  expect(refused).toMatchObject({ code: "ResourceExhausted", reason: "TOO_MANY_STARTS" });
  expect(refused.details).toMatchObject({ RetryInfo: { retryDelay: { seconds: 1n } } });
  const other = a.build({}, as("bob"));
  starting.open();
  expect(await Promise.allSettled([...held, other])).toMatchObject([
    { status: "fulfilled" },
    { status: "rejected" },
    { status: "fulfilled" },
  ]);
  await Promise.all([a.build({}, as("ann")), a.build({}, as("ann"))]);
});

test("each operation that is stored is told of once", async () => {
  await using a = hostOf({ build: { run } });
  const { name } = await a.build({ requestId: id });
  await a.build({ requestId: id });
  await until(() => a.events.some(({ kind }) => kind === "ended"));
  expect(a.events[0]).toEqual({ kind: "started", name, method: "build.v1.Builder/Build" });
  expect(a.events.map(({ kind }) => kind)).toEqual(["started", "attempted", "ended"]);
});

test("a call whose start is slow does not hold the place of one that could run", async () => {
  const slow = gate();
  const start = ({ target }: { target: string }) => (target === "slow" ? slow.passed : undefined);
  await using a: Host = hostOf({ build: { start, run } }, { concurrency: 1 });
  const waiting = a.build({ target: "slow" });
  const { name } = await a.build({ target: "fast" });
  await until(async () => (await a.outcome(name)).kind === "succeeded");
  slow.open();
  await waiting;
});

test("a message may be returned as it is", async () => {
  const start = () => ({
    metadata: message("BuildMetadata", { step: "one" }),
    response: message("BuildResponse", { image: "two" }),
  });
  await using a = hostOf({ build: { start, run } });
  const { name } = await a.build({});
  expect(await a.outcome(name)).toMatchObject({
    metadata: { step: "one" },
    response: { image: "two" },
  });
});
