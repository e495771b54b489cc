// SPDX-License-Identifier: Apache-2.0

import { ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { OperationError } from "../../src/index.ts";
import { memoryStore, type OperationsOptions } from "../../src/server/index.ts";
import { type Replica, replica, type TreeHandler } from "./replica.ts";
import { steppedClock } from "./stepped-clock.ts";
import { until } from "./turns.ts";

type Failing = (a: Replica) => Promise<ConnectError | OperationError>;

const refused =
  (call: (a: Replica) => Promise<unknown>): Failing =>
  (a) =>
    call(a).then(
      () => expect.fail("the call succeeded"),
      (error: unknown) => ConnectError.from(error),
    );

const ended: Failing = async (a) => {
  const name = await a.start();
  await until(async () => (await a.outcome(name)).kind !== "running");
  const outcome = await a.outcome(name);
  return outcome.kind === "failed" ? outcome.error : expect.fail(outcome.kind);
};

const text = (length: number) => "x".repeat(length);
const reporting: TreeHandler = async (_, operation) => {
  await operation.report({ currentPath: text(1_000) });
  return {};
};

test.each<{
  reason: string;
  fails: Failing;
  metadata: Record<string, string>;
  tree?: TreeHandler;
  options?: Partial<OperationsOptions>;
}>([
  {
    reason: "FILTER_INVALID",
    fails: refused(({ api }) => api.listOperations({ filter: "done = true AND nam = 5" })),
    metadata: {
      column: "17",
      problem: 'column 17: "nam" is no field to filter by; did you mean "name"?',
    },
  },
  {
    reason: "REQUEST_TOO_LARGE",
    fails: refused((a) => a.start(text(60))),
    metadata: { bytes: "62", maxBytes: "50" },
    options: { maxRequestBytes: 50 },
  },
  {
    reason: "METADATA_TOO_LARGE",
    fails: ended,
    tree: reporting,
    metadata: { bytes: "1003", maxBytes: "1000" },
    options: { maxMetadataBytes: 1_000 },
  },
  {
    reason: "RESPONSE_TOO_LARGE",
    fails: ended,
    tree: async () => ({ treeDigest: text(130_000) }),
    metadata: { bytes: "134100", maxBytes: "131072" },
    options: { maxOperationBytes: 128 * 1024 },
  },
])("what the message of $reason tells of a request, programs are told too", async (row) => {
  const clock = steppedClock();
  const tree = row.tree ?? (async () => ({}));
  await using a = replica(tree, { store: memoryStore({ clock }), ...row.options, clock });
  const error = await row.fails(a);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: row.reason, metadata: row.metadata },
  ]);
  const told = Object.values(row.metadata).join(" ");
  for (const [piece] of error.rawMessage.matchAll(/\d+|"[^"]*"/g)) {
    expect(told).toContain(piece);
  }
  for (const key of Object.keys(row.metadata)) {
    expect(key).toMatch(/^[a-z][a-zA-Z0-9-_]{1,63}$/);
  }
});
