// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { memoryStore } from "../../src/server/index.ts";
import { host } from "./building.ts";
import { failureOf } from "./failure.ts";
import { steppedClock } from "./stepped-clock.ts";

const requestId = "0b4c1f0e-2a6d-4a31-9b5e-3a1f0c2d4e5f";

function hostOf(parent: (request: { parent: string }) => string) {
  const clock = steppedClock();
  return host(
    { build: { parent, run: async () => ({}) } },
    { store: memoryStore({ clock }), clock },
  );
}

test("an operation stands under its parent, and is listed there", async () => {
  await using a = hostOf(({ parent }) => parent);
  const under = await a.build({ parent: "projects/p/locations/l" });
  const other = await a.build({ parent: "projects/example.com:p/locations/l" });
  const alone = await a.build({});
  expect(under.name).toMatch(/^projects\/p\/locations\/l\/operations\/[a-z2-7]{26}$/);
  expect(alone.name).toMatch(/^operations\/[a-z2-7]{26}$/);
  expect(await a.api.getOperation({ name: under.name })).toMatchObject({ name: under.name });
  const listed = async (name: string) =>
    (await a.api.listOperations({ name })).operations.map((operation) => operation.name);
  expect(await listed("projects/p/locations/l")).toEqual([under.name]);
  expect(await listed("projects/p/locations/l/operations")).toEqual([under.name]);
  expect(await listed("projects/example.com:p/locations/l")).toEqual([other.name]);
  expect(await listed("projects/p")).toEqual([]);
  expect((await listed("")).sort()).toEqual([alone.name, other.name, under.name].sort());
});

test.each([
  "projects",
  "projects/",
  "/projects/p",
  "projects/p/",
  "projects//p",
  "projects/p/locations",
  "projects/p\n",
  "projects/p\0",
  `projects/${"p".repeat(1_024)}`,
])("%j is no parent", async (parent) => {
  await using a = hostOf((request) => request.parent);
  expect(await failureOf(a.build({ parent }))).toMatchObject({
    code: "InvalidArgument",
    reason: "PARENT_INVALID",
    details: { BadRequest: { fieldViolations: [{ field: "parent", reason: "PARENT_INVALID" }] } },
  });
  expect((await a.api.listOperations({})).operations).toEqual([]);
});

test("a request with an id belongs to one parent", async () => {
  await using a = hostOf(({ parent }) => parent);
  const { name } = await a.build({ parent: "projects/p", requestId });
  expect(await a.build({ parent: "projects/p", requestId })).toMatchObject({ name });
  expect(await failureOf(a.build({ parent: "projects/q", requestId }))).toMatchObject({
    reason: "REQUEST_ID_REUSED",
  });
});
