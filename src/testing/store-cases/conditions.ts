// SPDX-License-Identifier: Apache-2.0

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { checkFilter, matches, parseFilter } from "../../filter/index.ts";
import type {
  ListFilter,
  OperationResult,
  OperationStore,
  PackedMessage,
  ScannedRecord,
} from "../../server/store.ts";
import { checkEqual } from "../check.ts";
import type { ManualClock } from "../manual-clock.ts";
import { listedNames } from "./list-queries.ts";
import { cancelled, enqueue, newOperation, running, type StoreCases } from "./store-case.ts";

// Where names and messages have what SQL could take for a wildcard, a quote or another case, and
// where something is unset, a translation goes wrong first.
const filters: readonly string[] = [
  "done=true",
  "done=false",
  "done!=true",
  "NOT done=true",
  'name="operations/a"',
  'name!="operations/a"',
  'name="operations/A"',
  'name="operations/1*"',
  'name="*%"',
  'name="operations/a_c"',
  'name="*_*"',
  `name="operations/it's"`,
  'name>"operations/a"',
  'name<="operations/\u{1f4da}"',
  'NOT name="*/*"',
  'method="acme.v1.Library/Close"',
  'method!="acme.v1.Library/Close"',
  "error.code=13",
  "error.code!=13",
  "error.code>1",
  "NOT error.code=13",
  "NOT error.code!=13",
  "error:*",
  "NOT error:*",
  'error.message="disk full"',
  'error.message!="disk full"',
  'error.message="*DISK*"',
  'NOT error.message="disk*"',
  "end_time:*",
  "NOT end_time:*",
  'create_time<"2030-01-01T00:00:10Z"',
  'create_time>="2030-01-01T00:00:10.000001Z"',
  'create_time="2030-01-01T00:00:10Z"',
  'create_time="2030-01-01T00:00:10.000000001Z"',
  'end_time>"2030-01-01T00:00:05Z"',
  'NOT end_time>"2030-01-01T00:00:05Z"',
  "metadata:*",
  "NOT metadata:*",
  "metadata.code=7",
  "metadata.code!=7",
  "NOT metadata.code=7",
  'metadata.message="*b*"',
  "disk",
  "FULL",
  "NOT disk",
  "operations",
  "done=true AND error.code=13 OR error.code=1",
  "(done=true AND error.code=13) OR metadata.code=7",
  "done=true (metadata.code=7 OR NOT metadata:*)",
  'NOT (done=true OR metadata.code=7 OR name="*_*")',
  "NOT (error.code=13 metadata.code=7)",
];

/** A message of the type that the filters know metadata by, and an error's Status. */
function status(code: number, message: string): Uint8Array {
  return toBinary(StatusSchema, create(StatusSchema, { code, message }));
}

function metadata(code: number, message: string): PackedMessage {
  return { typeUrl: "type.googleapis.com/google.rpc.Status", value: status(code, message) };
}

function error(code: number, message: string): OperationResult {
  return { kind: "error", code, status: status(code, message) };
}

function filterOf(text: string): ListFilter {
  const condition = checkFilter(parseFilter(text), { metadata: [StatusSchema] });
  return { condition, matches: (record) => matches(condition, filterable(record)) };
}

function filterable(record: ScannedRecord) {
  const message = record.error && fromBinary(StatusSchema, record.error.status).message;
  return {
    ...record,
    done: record.state === "done",
    error: record.error && { code: record.error.code, message: message ?? "" },
  };
}

/** Operations in every state, with and without all that a filter may ask for. */
async function insertAll(store: OperationStore, clock: ManualClock): Promise<void> {
  const done: Readonly<Record<string, OperationResult>> = {
    a: error(13, "disk full"),
    A: error(13, "Disk full"),
    a_c: error(1, "cancelled"),
    abc: error(5, ""),
    "it's": { kind: "response", response: metadata(13, "disk full") },
    "100%": { kind: "response", response: metadata(0, "") },
  };
  for (const [id, result] of Object.entries(done)) {
    const operation = newOperation(`operations/${id}`, {
      ...(id.length > 1 && { metadata: metadata(id.length, id) }),
      method: id === "abc" ? "acme.v1.Library/Close" : "acme.v1.Library/Reindex",
    });
    await store.insert(operation, { kind: "done", result });
    clock.advance(2_500);
  }
  const claim = await running(store, "operations/running");
  await store.update(claim, { kind: "report", metadata: metadata(7, "running") });
  await store.cancel(claim.name, cancelled);
  clock.advance(2_500);
  await enqueue(store, newOperation("operations/\u{1f4da}", { metadata: metadata(7, "\u00c9b") }));
  await enqueue(store, newOperation("operations/\uffee"));
  const other = { typeUrl: "type.googleapis.com/acme.v1.Other", value: metadata(7, "b").value };
  const elsewhere = newOperation("projects/p/operations/external", { metadata: other });
  await store.insert(elsewhere, { kind: "external", timeoutMs: 1_000 });
}

export const conditions: StoreCases = {
  async "list with a filter leaves out nothing that matches, whatever the store finds by itself"({
    store,
    clock,
  }) {
    await insertAll(store, clock);
    for (const text of filters) {
      const filter = filterOf(text);
      // Where the condition matches everything, there is nothing that a store could get wrong.
      const decidedByMatches = { ...filter, condition: { kind: "and", operands: [] } as const };
      const expected = await listedNames(store, { filter: decidedByMatches });
      checkEqual(await listedNames(store, { filter }), expected, `the names for ${text}`);
    }
  },
};
