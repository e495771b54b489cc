// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeRequestSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { memoryStore, type NewOperation } from "../../src/server/index.ts";
import { linkTo } from "./link.ts";
import { newOperation } from "./new-operation.ts";
import { replica, type TreeContext } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { turns, until } from "./turns.ts";

const name = "operations/old";
const method = "checksum.v1.ChecksumService/ChecksumTree";
const malformed = new Uint8Array([0x0a, 0xff]);

/** What becomes of an operation that is stored like this. */
function stored(operation: Partial<NewOperation>) {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  const link = linkTo(store);
  const contexts: TreeContext[] = [];
  const a = replica(
    async (_, context) => {
      contexts.push(context);
      return {};
    },
    { store: link.store, clock, work: false },
  );
  const request = toBinary(ChecksumTreeRequestSchema, create(ChecksumTreeRequestSchema));
  const insert = () =>
    store.insert(newOperation(name, { method, request, ...operation }), { kind: "queued" });
  return { clock, link, contexts, a, insert };
}

test("a stored request that no longer parses ends the operation, and its handler is not invoked", async () => {
  const { a, insert, contexts } = stored({ request: malformed });
  await using _ = a;
  await insert();
  a.operations.work();
  await until(async () => (await a.outcome(name)).kind !== "running");
  const outcome = await a.outcome(name);
  expect(outcome).toMatchObject({ kind: "failed", error: { code: Code.FailedPrecondition } });
  expect(outcome.kind === "failed" && outcome.error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "STORED_REQUEST_UNREADABLE" },
  ]);
  expect(contexts).toEqual([]);
  expect(a.errors).toMatchObject([{ context: { operation: name, source: "store" } }]);
});

test.each([
  {
    metadata: {
      typeUrl: `type.googleapis.com/${ChecksumTreeMetadataSchema.typeName}`,
      value: malformed,
    },
  },
  { metadata: { typeUrl: "type.googleapis.com/acme.Renamed", value: new Uint8Array([8, 1]) } },
  { metadata: { typeUrl: "", value: new Uint8Array() } },
])("metadata $metadata is handed on as undefined, and stays", async ({ metadata }) => {
  const { a, insert, contexts } = stored({ metadata });
  await using _ = a;
  await insert();
  a.operations.work();
  await until(async () => (await a.outcome(name)).kind === "succeeded");
  expect(contexts[0]?.metadata).toBeUndefined();
  const { metadata: kept } = await a.api.getOperation({ name });
  expect(kept).toMatchObject(metadata);
});

test("a method that nobody here implements stays in the queue", async () => {
  const { a, clock, link, insert, contexts } = stored({ method: "acme.v1.Other/Method" });
  await using _ = a;
  await insert();
  a.operations.work();
  await turns();
  await clock.advance(60_000);
  expect(await a.outcome(name)).toMatchObject({ kind: "running" });
  expect(contexts).toEqual([]);
  expect(link.claims).toEqual([]);
  await a.api.cancelOperation({ name });
  expect(await a.outcome(name)).toMatchObject({ kind: "cancelled" });
});
