// SPDX-License-Identifier: Apache-2.0

import { createClient, createContextKey, createContextValues } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationClient, listOperations } from "../../src/client/index.ts";
import { operationRegistry } from "../../src/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";
import { gate } from "../server/gate.ts";
import { type Call, rejectionOf, serving, untilAborted, watchedRouter } from "./serving.ts";
import { transportKinds } from "./transports.ts";

const tenantKey = createContextKey("none", { description: "whose call this is" });
const registry = operationRegistry(ChecksumServiceOperations);

describe.each(transportKinds)("over $name", (kind) => {
  test("what is given to a start goes with every later call", async () => {
    await using a = await serving(kind, untilAborted);
    const contextValues = createContextValues().set(tenantKey, "a");
    const operation = await a.client.checksumTree(
      { root: "." },
      { headers: { authorization: "Bearer a" }, contextValues },
    );

    const failing = rejectionOf(operation.result());
    await a.pending("WaitOperation");
    await operation.poll();
    await operation.cancel();
    await failing;
    await operation.delete();

    const methods = [
      "ChecksumTree",
      "WaitOperation",
      "GetOperation",
      "CancelOperation",
      "DeleteOperation",
    ];
    expect(a.served.map(({ method, header }) => [method, header.get("authorization")])).toEqual(
      methods.map((method) => [method, "Bearer a"]),
    );
    expect(
      a.sent.map(({ method, contextValues }) => [method, contextValues.get(tenantKey)]),
    ).toEqual(methods.map((method) => [method, "a"]));
  });

  test("what is given to resume does too, and what is given to a call comes first", async () => {
    await using a = await serving(kind, untilAborted);
    const { name } = await a.client.checksumTree({ root: "." });

    const operation = a.client.checksumTree.resume(name, {
      headers: { authorization: "Bearer b", "x-page": "1" },
      contextValues: createContextValues().set(tenantKey, "b"),
    });
    await operation.poll();
    await operation.poll({
      headers: { authorization: "Bearer c" },
      contextValues: createContextValues().set(tenantKey, "c"),
    });
    await operation.cancel();

    const [, ...served] = a.served;
    expect(served.map(({ header }) => [header.get("authorization"), header.get("x-page")])).toEqual(
      [
        ["Bearer b", "1"],
        ["Bearer c", "1"],
        ["Bearer b", "1"],
      ],
    );
    const [, ...sent] = a.sent;
    expect(sent.map(({ contextValues }) => contextValues.get(tenantKey))).toEqual(["b", "c", "b"]);
  });

  test("every call about an operation names it in a header, for those who route by that", async () => {
    await using a = await serving(kind, untilAborted);
    const operation = await a.client.checksumTree({ root: "." });

    await operation.poll();
    await operation.cancel();

    const params = `name=${encodeURIComponent(operation.name)}`;
    expect(a.served.map(({ header }) => header.get("x-goog-request-params"))).toEqual([
      null,
      params,
      params,
    ]);
  });

  test("Operations may live elsewhere", async () => {
    const go = gate();
    const operations = createOperations({ store: memoryStore(), domain: "checksum.test" });
    const checksum = operations.implement(ChecksumServiceOperations, {
      async checksumTree(_, operation) {
        await operation.report({ filesDone: 1n });
        await go.passed;
        return { treeDigest: "abc" };
      },
      listAlgorithms: () => ({ algorithms: ["sha256"] }),
    });
    operations.work();
    const [here, elsewhere]: [Call[], Call[]] = [[], []];
    await using service = await kind.open(
      (router) => watchedRouter(router, here).service(ChecksumServiceOperations, checksum),
      { registry },
    );
    await using api = await kind.open(
      (router) => {
        // Over REST it is this server that has to know the types.
        router.service(ChecksumServiceOperations, {});
        operations.routes(watchedRouter(router, elsewhere));
      },
      { registry },
    );
    const client = createOperationClient(ChecksumServiceOperations, service.transport, {
      operationsTransport: api.transport,
    });

    const operation = await client.checksumTree({ root: "." });
    await client.listAlgorithms({});
    expect(await operation.poll()).toMatchObject({ kind: "running" });
    for await (const _ of operation.progress()) {
      go.open();
    }
    expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
    await operation.cancel();
    await operation.delete();
    const left = listOperations(createClient(Operations, api.transport));

    expect(await left.next()).toMatchObject({ done: true });
    expect(here.map(({ method }) => method)).toEqual(["ChecksumTree", "ListAlgorithms"]);
    expect(new Set(elsewhere.map(({ method }) => method))).toEqual(
      new Set([
        "GetOperation",
        "WaitOperation",
        "CancelOperation",
        "DeleteOperation",
        "ListOperations",
      ]),
    );
    await operations.close({ drainMs: 0 });
  });
});
