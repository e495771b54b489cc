// SPDX-License-Identifier: Apache-2.0

import { toBinary } from "@bufbuild/protobuf";
import { array, asyncProperty, assert as check, constantFrom, integer } from "fast-check";
import { expect, test } from "vitest";
import {
  ListOperationsResponseSchema,
  type Operation,
} from "../../gen/google/longrunning/operations_pb.ts";
import { memoryStore } from "../../src/server/index.ts";
import { failureOf } from "./failure.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";

function listing() {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const a = replica(async () => ({}), { store: linkTo(store).store, clock, work: false });
  let count = 0;
  /** Adds operations, and gives their names, newest first. */
  const add = async (howMany: number, metadataBytes = 0): Promise<string[]> => {
    const names: string[] = [];
    for (let i = 0; i < howMany; i++) {
      const name = `operations/${count++}`;
      const metadata = { typeUrl: "type.example/x", value: new Uint8Array(metadataBytes) };
      await store.insert(newOperation(name, metadataBytes > 0 ? { metadata } : {}), {
        kind: "queued",
      });
      names.unshift(name);
    }
    return names;
  };
  return { clock, store, a, add };
}

const namesOf = (operations: readonly Operation[]) => operations.map(({ name }) => name);

test("operations are listed newest first, fifty unless asked otherwise", async () => {
  const { a, add } = listing();
  await using _ = a;
  const names = await add(60);
  for (const name of ["", "operations"]) {
    const first = await a.api.listOperations({ name });
    expect(namesOf(first.operations)).toEqual(names.slice(0, 50));
    expect(first.unreachable).toEqual([]);
    const rest = await a.api.listOperations({ name, pageToken: first.nextPageToken });
    expect(namesOf(rest.operations)).toEqual(names.slice(50));
    expect(rest.nextPageToken).toBe("");
  }
});

test("a list of nothing has no further page", async () => {
  const { a } = listing();
  await using _ = a;
  expect(await a.api.listOperations({})).toMatchObject({ operations: [], nextPageToken: "" });
});

test("a parent lists what is directly under it, and the empty one everything", async () => {
  const { store, a } = listing();
  await using _ = a;
  const [top, under, below, beside] = [
    "operations/1",
    "projects/p/operations/1",
    "projects/p/locations/l/operations/1",
    "projects/pp/operations/1",
  ];
  for (const name of [top, under, below, beside]) {
    await store.insert(newOperation(name ?? ""), { kind: "queued" });
  }
  const listed = async (name: string) => namesOf((await a.api.listOperations({ name })).operations);
  for (const name of ["", "operations"]) {
    expect(await listed(name)).toEqual([beside, below, under, top]);
  }
  for (const name of ["projects/p", "projects/p/operations"]) {
    expect(await listed(name)).toEqual([under]);
  }
  expect(await listed("projects/p/locations/l")).toEqual([below]);
  expect(await listed("projects/q")).toEqual([]);
});

test.each([
  { pageSize: 1, listed: 1 },
  { pageSize: 1_000, listed: 1_000 },
  { pageSize: 1_001, listed: 1_000 },
  { pageSize: 2_147_483_647, listed: 1_000 },
])("page size $pageSize lists $listed", async ({ pageSize, listed }) => {
  const { a, add } = listing();
  await using _ = a;
  await add(1_001);
  const { operations, nextPageToken } = await a.api.listOperations({ pageSize });
  expect(operations).toHaveLength(listed);
  expect(nextPageToken).not.toBe("");
});

test("a page that ends with the last operation says so", async () => {
  const { a, add } = listing();
  await using _ = a;
  await add(4);
  const first = await a.api.listOperations({ pageSize: 2 });
  const second = await a.api.listOperations({ pageSize: 2, pageToken: first.nextPageToken });
  expect(second.operations).toHaveLength(2);
  expect(second.nextPageToken).toBe("");
});

test("a page holds at most 3 MiB, but never nothing", async () => {
  const { a, add } = listing();
  await using _ = a;
  const mebibyte = 1024 * 1024;
  await add(4, mebibyte);
  await add(1, 4 * mebibyte);
  await add(1, 3 * mebibyte);
  const sizes: number[] = [];
  for (let pageToken = ""; sizes.length === 0 || pageToken !== ""; ) {
    const page = await a.api.listOperations({ pageToken });
    sizes.push(page.operations.length);
    pageToken = page.nextPageToken;
  }
  expect(sizes).toEqual([1, 1, 3, 1]);
});

test("a page fits into what a gRPC client receives, however long the names in it are", async () => {
  const { store, a } = listing();
  await using _ = a;
  const parent = `projects/${"\u{20000}".repeat(490)}`;
  const metadata = { typeUrl: `type.example/${"x".repeat(500)}`, value: new Uint8Array(2_000) };
  for (let i = 0; i < 1_000; i++) {
    const id = `${i}`.padStart(4, "0");
    await store.insert(newOperation(`${parent}/operations/${id}`, { metadata }), {
      kind: "queued",
    });
  }
  const listed: string[] = [];
  for (let pageToken = ""; listed.length === 0 || pageToken !== ""; ) {
    const page = await a.api.listOperations({ pageSize: 1_000, pageToken });
    expect(toBinary(ListOperationsResponseSchema, page).length).toBeLessThan(4 * 1024 * 1024);
    listed.push(...namesOf(page.operations));
    pageToken = page.nextPageToken;
  }
  expect(listed).toHaveLength(1_000);
  expect(listed).toEqual([...listed].sort().reverse());
});

test("whatever changes between pages, nothing is listed twice, and nothing that stays is left out", async () => {
  const step = constantFrom("add", "delete", "page");
  await check(
    asyncProperty(
      array(step, { maxLength: 30 }),
      integer({ min: 1, max: 4 }),
      async (steps, size) => {
        const { store, a, add } = listing();
        await using _ = a;
        const before = await add(10);
        const gone = new Set<string>();
        const listed: string[] = [];
        let pageToken: string | undefined = "";
        const page = async (): Promise<void> => {
          if (pageToken !== undefined) {
            const answer = await a.api.listOperations({ pageSize: size, pageToken });
            listed.push(...namesOf(answer.operations));
            pageToken = answer.nextPageToken === "" ? undefined : answer.nextPageToken;
          }
        };
        await page();
        for (const [i, what] of steps.entries()) {
          if (what === "add") {
            await add(1);
          } else if (what === "delete") {
            const name = before[(i * 7) % before.length] ?? "";
            await store.delete(name);
            gone.add(name);
          } else {
            await page();
          }
        }
        while (pageToken !== undefined) {
          await page();
        }
        expect(new Set(listed).size).toBe(listed.length);
        expect(listed.filter((name) => !gone.has(name))).toEqual(
          before.filter((name) => !gone.has(name)),
        );
        expect(listed.every((name) => before.includes(name))).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test.each([
  { request: { name: "/" }, field: "name", reason: "NAME_INVALID" },
  { request: { name: "projects" }, field: "name", reason: "NAME_INVALID" },
  { request: { pageSize: -1 }, field: "page_size", reason: "PAGE_SIZE_INVALID" },
  { request: { pageToken: "x" }, field: "page_token", reason: "PAGE_TOKEN_INVALID" },
])("$request is refused", async ({ request, field, reason }) => {
  const { a, add } = listing();
  await using _ = a;
  await add(3);
  const failure = await failureOf(a.api.listOperations(request));
  expect(failure).toMatchObject({
    code: "InvalidArgument",
    reason,
    domain: "checksum.v1.ChecksumService",
    details: { BadRequest: { fieldViolations: [{ field, reason }] } },
  });
  expect(failure.message).toMatch(new RegExp(`^${field}: `));
});

test("return_partial_success is not implemented", async () => {
  const { a } = listing();
  await using _ = a;
  expect(await failureOf(a.api.listOperations({ returnPartialSuccess: true }))).toMatchObject({
    code: "Unimplemented",
    reason: "PARTIAL_SUCCESS_UNSUPPORTED",
    details: {},
  });
});
