// SPDX-License-Identifier: Apache-2.0

import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { outcomeOf } from "../../src/index.ts";
import { memoryStore } from "../../src/server/index.ts";
import { newOperation } from "./new-operation.ts";
import { replica } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";

const types = ChecksumServiceOperations.operations.checksumTree;

test("a stored error that cannot be read fails neither its page nor its Get", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await using a = replica(async () => ({}), { store, clock, work: false });
  const status = toBinary(StatusSchema, create(StatusSchema, { code: 5, message: "gone" }));
  const stored = { good: status, broken: new Uint8Array([18, 200]), other: status };
  for (const [id, status] of Object.entries(stored)) {
    const result = { kind: "error", code: 5, status } as const;
    await store.insert(newOperation(`operations/${id}`), { kind: "done", result });
  }
  const { operations } = await a.api.listOperations({});
  const name = "operations/broken";
  const [, broken] = operations;
  expect(operations.map((operation) => operation.result)).toMatchObject([
    { case: "error", value: { code: 5 } },
    { case: "error", value: { code: Code.Internal } },
    { case: "error", value: { code: 5 } },
  ]);
  for (const operation of [broken, await a.api.getOperation({ name })]) {
    const outcome = operation && outcomeOf(operation, types);
    expect(outcome).toMatchObject({ kind: "failed", name });
    expect(outcome?.kind === "failed" && outcome.error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "STORED_RESULT_UNREADABLE", domain: "checksum.v1.ChecksumService" },
    ]);
  }
  expect(a.errors.map(({ context }) => context)).toEqual([
    { operation: name, source: "store" },
    { operation: name, source: "store" },
  ]);
});

test("an operation without metadata has none, not an empty one", async () => {
  const clock = steppedClock();
  const store = memoryStore({ clock });
  await using a = replica(async () => ({}), { store, clock, work: false });
  const name = "operations/a";
  const method = "checksum.v1.ChecksumService/ChecksumTree";
  await store.insert(newOperation(name, { method }), { kind: "queued" });
  expect((await a.api.getOperation({ name })).metadata).toBeUndefined();
});
