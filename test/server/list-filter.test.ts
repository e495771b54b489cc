// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { memoryStore, type OperationResult, type OperationStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { type SteppedClock, steppedClock } from "./stepped-clock.ts";
import { stores } from "./stores.ts";

const method = "checksum.v1.ChecksumService/ChecksumTree";

function metadata(init: Partial<ChecksumTreeMetadata>) {
  const message = create(ChecksumTreeMetadataSchema);
  Object.assign(message, init);
  return {
    typeUrl: `type.googleapis.com/${ChecksumTreeMetadataSchema.typeName}`,
    value: toBinary(ChecksumTreeMetadataSchema, message),
  };
}

function failed(code: number, message: string): OperationResult {
  const status = create(StatusSchema, { code, message });
  return { kind: "error", code, status: toBinary(StatusSchema, status) };
}

/** Six operations, a second apart. */
async function fill(store: OperationStore, clock: SteppedClock): Promise<void> {
  const some = {
    fresh: undefined,
    halfway: metadata({ filesDone: 5n, currentPath: "a/b" }),
    odd: { typeUrl: "type.googleapis.com/nobody.v1.Knows", value: new Uint8Array([8, 5]) },
    broken: { ...metadata({}), value: new Uint8Array([255]) },
  };
  for (const [id, initial] of Object.entries(some)) {
    const name = `operations/${id}`;
    await store.insert(newOperation(name, { method, metadata: initial }), { kind: "queued" });
    await clock.advance(1_000);
  }
  const ends = {
    failed: failed(9, "The disk is full"),
    unreadable: { kind: "error", code: 3, status: new Uint8Array([255]) },
  } as const;
  for (const [id, result] of Object.entries(ends)) {
    const operation = newOperation(`operations/${id}`, { method, metadata: some.halfway });
    await store.insert(operation, { kind: "done", result });
    await clock.advance(1_000);
  }
}

test.each(
  stores.flatMap(({ name, open }) =>
    [
      { filter: "", ids: "unreadable failed broken odd halfway fresh" },
      { filter: "  ", ids: "unreadable failed broken odd halfway fresh" },
      { filter: "done = false", ids: "broken odd halfway fresh" },
      { filter: "NOT done = false", ids: "unreadable failed" },
      { filter: 'name = "operations/odd"', ids: "odd" },
      { filter: "disk", ids: "failed" },
      { filter: "error.code = 9 OR error.code = 3", ids: "unreadable failed" },
      { filter: 'error.message = "*FULL*"', ids: "" },
      { filter: 'error.message = "*full"', ids: "failed" },
      { filter: "metadata.files_done > 4", ids: "unreadable failed halfway" },
      { filter: "metadata.files_done > 4 AND done = false", ids: "halfway" },
      { filter: "-metadata.files_done > 4", ids: "broken odd fresh" },
      { filter: `method = "${method}" halfway`, ids: "halfway" },
      { filter: 'method = "m"', ids: "" },
    ].map((row) => ({ ...row, store: name, open })),
  ),
)("in $store, `$filter` finds: $ids", async ({ open, filter, ids }) => {
  const clock = steppedClock();
  const { store } = await open(clock);
  await fill(store, clock);
  await using a = replica(async () => ({}), { store, clock, work: false });
  const listed: string[] = [];
  for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
    const page = await a.api.listOperations({ filter, pageSize: 2, pageToken });
    listed.push(...page.operations.map((operation) => operation.name.slice("operations/".length)));
    pageToken = page.nextPageToken === "" ? undefined : page.nextPageToken;
  }
  expect(listed.join(" ")).toBe(ids);
});

test.each([
  { filter: "nothing.there = 1", column: 1 },
  { filter: "done = true AND metadata.nothing = 1", column: 26 },
  { filter: "done = (", column: 9 },
  { filter: 'done = "x"', column: 8 },
  { filter: `name = "${"x".repeat(5_000)}"`, column: undefined },
  { filter: "(".repeat(100), column: undefined },
])("what is wrong with a filter is told, and where: $filter", async ({ filter, column }) => {
  const clock = steppedClock();
  await using a = replica(async () => ({}), { store: memoryStore({ clock }), clock, work: false });
  const failure = await failureOf(a.api.listOperations({ filter }));
  expect(failure).toMatchObject({
    code: "InvalidArgument",
    reason: "FILTER_INVALID",
    details: { BadRequest: { fieldViolations: [{ field: "filter", reason: "FILTER_INVALID" }] } },
  });
  expect(failure.message).toMatch(/^filter: column \d+: /);
  expect(failure.message.length).toBeLessThan(300);
  if (column !== undefined) {
    expect(failure.message).toContain(`column ${column}: `);
  }
});

test("a token goes on under the same filter only", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await fill(store, clock);
  await using a = replica(async () => ({}), { store, clock, work: false });
  const request = { filter: "done = false", pageSize: 1 };
  const { nextPageToken: pageToken } = await a.api.listOperations(request);
  const rest = await a.api.listOperations({ ...request, pageSize: 9, pageToken });
  expect(rest.operations).toHaveLength(3);
  for (const filter of ["", "done = true", "done=false"]) {
    const call = a.api.listOperations({ filter, pageToken });
    expect(await failureOf(call)).toMatchObject({ reason: "PAGE_TOKEN_INVALID" });
  }
});

test("a filter that finds little answers in time, with pages that may be empty", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await store.insert(newOperation("operations/first", { method }), { kind: "queued" });
  for (let i = 0; i < 25_000; i++) {
    await store.insert(newOperation(`operations/${i}`, { method }), { kind: "queued" });
  }
  await using a = replica(async () => ({}), { store, clock, work: false });
  const pages: number[] = [];
  for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
    // Not one that a store could answer without looking at each.
    const page = await a.api.listOperations({ filter: "*first", pageToken });
    pages.push(page.operations.length);
    pageToken = page.nextPageToken === "" ? undefined : page.nextPageToken;
  }
  expect(pages.length).toBeGreaterThanOrEqual(3);
  expect(pages.reduce((sum, found) => sum + found)).toBe(1);
  expect(pages.at(-1)).toBe(1);
});
