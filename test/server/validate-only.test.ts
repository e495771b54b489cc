// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import { readAny } from "../../src/index.ts";
import { memoryStore, type StartContext } from "../../src/server/index.ts";
import { type HostOptions, host, types } from "./building.ts";
import { failureOf } from "./failure.ts";
import { gate } from "./gate.ts";
import { linkTo } from "./link.ts";
import { steppedClock } from "./stepped-clock.ts";

const requestId = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";
const validateOnly = true;

function hostOf(build: object, options: Partial<HostOptions> = {}) {
  const clock = steppedClock();
  const link = linkTo(memoryStore({ clock }));
  return { link, ...host({ build }, { store: link.store, clock, ...options }) };
}

const run = async () => ({ image: "built" });
const nothing = () => undefined;

test.each([
  { what: "no start", build: { run } },
  { what: "a plain function", build: run },
  { what: "a start that does not say that it validates", build: { start: nothing, run } },
  { what: "a start that does not", build: { start: nothing, validates: false, run } },
])("a method with $what cannot only validate", async ({ build }) => {
  await using a = hostOf(build);
  expect(await failureOf(a.build({ validateOnly }))).toEqual({
    code: "Unimplemented",
    message: "validate_only: this method cannot validate a request without starting an operation",
    reason: "VALIDATE_ONLY_UNSUPPORTED",
    domain: "build.v1.Builder",
    details: {},
  });
  expect(await a.build({ validateOnly: false })).not.toMatchObject({ name: "" });
});

test.each<{ what: string; started: object | undefined; image: string }>([
  { what: "nothing", started: undefined, image: "" },
  { what: "metadata", started: { metadata: { step: "one" } }, image: "" },
  { what: "a response", started: { response: { image: "as if" } }, image: "as if" },
  { what: "a key", started: { exclusive: "x" }, image: "" },
])("where start says $what, a valid request is answered done, without a name", async (row) => {
  const told: StartContext[] = [];
  const start = (_: unknown, context: StartContext): unknown => {
    told.push(context);
    return row.started;
  };
  await using a = hostOf({ start, validates: true, run });
  const answer = await a.build({ validateOnly, requestId });
  const value = answer.result.case === "response" ? answer.result.value : undefined;
  expect(readAny(value, types)).toMatchObject({
    kind: "message",
    message: { $typeName: "build.v1.BuildResponse", image: row.image },
  });
  expect(answer).toEqual({
    $typeName: OperationSchema.typeName,
    name: "",
    done: true,
    result: { case: "response", value },
  });
  expect(told).toMatchObject([{ validateOnly: true }]);
  expect(a.link.calls.insert).toBe(0);
  expect(a.events).toEqual([]);
});

test("what was only validated can be started, with the same id and key", async () => {
  const told: string[] = [];
  const start = (_: unknown, { name }: StartContext) => {
    told.push(name);
    return { exclusive: "x" };
  };
  await using a = hostOf({ start, validates: true, run });
  await a.build({ validateOnly, requestId });
  const { name } = await a.build({ requestId });
  expect(told).toEqual([name, name]);
});

test("what start refuses is the answer", async () => {
  const start = () => Promise.reject(new ConnectError("no such target", Code.NotFound));
  await using a = hostOf({ start, validates: true, run });
  await expect(a.build({ validateOnly })).rejects.toMatchObject({ code: Code.NotFound });
});

test.each([
  { parent: "p", reason: "PARENT_INVALID" },
  { requestId: "abc", reason: "REQUEST_ID_INVALID" },
  { target: "x".repeat(200), reason: "REQUEST_TOO_LARGE" },
])("all else is validated too: $reason", async ({ reason, ...request }) => {
  const parent = (it: { parent: string }) => it.parent;
  const build = { start: nothing, validates: true, parent, run };
  await using a = hostOf(build, { maxRequestBytes: 100 });
  expect(await failureOf(a.build({ validateOnly, ...request }))).toMatchObject({ reason });
});

test("a request that was started before is valid, if it is the same, and start is not asked", async () => {
  let starts = 0;
  await using a = hostOf({ start: () => void starts++, validates: true, run });
  const { name } = await a.build({ requestId, target: "x" });
  expect(await a.build({ requestId, target: "x", validateOnly })).toMatchObject({
    name: "",
    done: true,
  });
  const other = a.build({ requestId, target: "y", validateOnly });
  expect(await failureOf(other)).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  await a.api.deleteOperation({ name });
  const gone = a.build({ requestId, target: "x", validateOnly });
  expect(await failureOf(gone)).toMatchObject({ reason: "OPERATION_GONE" });
  expect(starts).toBe(1);
});

test("a key that is taken is told of", async () => {
  const go = gate();
  const build = {
    start: () => ({ exclusive: "x" }),
    validates: true,
    run: () => go.passed.then(run),
  };
  await using a = hostOf(build);
  await a.build({});
  const refused = a.build({ validateOnly });
  expect(await failureOf(refused)).toMatchObject({ code: "Aborted", reason: "OPERATION_EXCLUDED" });
  go.open();
});
