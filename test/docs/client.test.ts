// SPDX-License-Identifier: Apache-2.0

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import {
  createOperationClient,
  listOperations,
  type OperationHandle,
  WaitError,
  waitForOperation,
} from "../../src/client/index.ts";
import { OperationError, operationRegistry } from "../../src/index.ts";
import { createRestTransport } from "../../src/rest/index.ts";
import { operationsServer } from "../node/operations-server.ts";
import { readText, snippetsIn, typedBlocksIn, untrueLines } from "../snippets.ts";

const document = readText("docs/client.md");
const sources = readdirSync(fileURLToPath(new URL("../../src/client", import.meta.url)))
  .map((name) => readText(`src/client/${name}`))
  .join("\n");

describe("the document", () => {
  test("is not long, and shows no code that is not taken from a file", () => {
    expect(document.split("\n").length).toBeLessThanOrEqual(260);
    expect(snippetsIn(document).length).toBeGreaterThanOrEqual(8);
    expect(typedBlocksIn(document)).toBe(snippetsIn(document).length);
  });

  test.each(snippetsIn(document))("shows $path as it is", (snippet) => {
    expect(untrueLines(snippet)).toEqual([]);
  });

  test("knows every function, member and option", () => {
    const names = [
      "OperationHandle",
      "OperationClientOptions",
      "ResumeOptions",
      "WaitOptions",
      "PollRetry",
      "PollingOptions",
      "ListOperationsOptions",
    ].flatMap((name) => {
      const pattern = new RegExp(`^export interface ${name}\\b.*?\\{\n(.*?)^\\}`, "ms");
      const [, body = ""] = pattern.exec(sources) ?? [];
      const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)];
      expect(members.length, name).toBeGreaterThan(1);
      return members.map(([, member = ""]) => member);
    });
    // Of the clock, tests are told where it is.
    const unknown = names.filter(
      (name) => name !== "clock" && !new RegExp(`\\b${name}\\b`).test(document),
    );
    expect(unknown).toEqual([]);
  });
});

describe("beside other clients", () => {
  const { devDependencies } = JSON.parse(readText("package.json")) as {
    devDependencies: Record<string, string>;
  };
  const tests = readText("test/client/defects.test.ts");

  test.each(["google-gax", "@azure/core-lro"])("%s has a test for each row", (name) => {
    const [, table = ""] = document.split(
      `\n| ${name} ${devDependencies[name]} | here |\n|---|---|\n`,
    );
    const rows = table.split("\n\n")[0]?.match(/^\| /gm) ?? [];
    const [, group = ""] = tests.split(`\ndescribe("${name}", `);
    const shown = group.split("\n});")[0]?.match(/^ {2}test(?:\.each)?\(/gm) ?? [];
    expect(shown.length).toBeGreaterThan(2);
    expect(rows).toHaveLength(shown.length);
  });
});

const clientOf = (baseUrl: string) =>
  createOperationClient(
    ChecksumServiceOperations,
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  );

test("a client starts an operation, and follows it", async () => {
  await using server = await operationsServer();
  const transport = createConnectTransport({ baseUrl: server.baseUrl, httpVersion: "1.1" });
  const root = "hang";
  const seen: bigint[] = [];
  const render = (filesDone: bigint) => {
    seen.push(filesDone);
    server.finish();
  };

  const client = createOperationClient(ChecksumServiceOperations, transport);
  const operation = await client.checksumTree({ root });
  for await (const { filesDone } of operation.progress()) {
    render(filesDone);
  }
  const { treeDigest } = await operation.result();

  expect([treeDigest, seen]).toEqual(["abc", [1n]]);
});

test("another client comes back to it", async () => {
  await using server = await operationsServer();
  const { name } = await clientOf(server.baseUrl).checksumTree({ root: "." });
  const client = clientOf(server.baseUrl);

  const operation = client.checksumTree.resume(name);

  const { done, metadata, latest } = operation;
  expect([done, metadata, latest]).toEqual([false, undefined, undefined]);
  expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
  expect(await operation.poll()).toMatchObject({ kind: "succeeded" });
});

describe("a client", () => {
  test("is created over any transport", async () => {
    await using server = await operationsServer();
    const { baseUrl } = server;

    const registry = operationRegistry(ChecksumServiceOperations);
    const transports = [
      createConnectTransport({ baseUrl, httpVersion: "2" }),
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
      createRestTransport({ baseUrl }),
      // Those of connect-web speak JSON unless they are told otherwise.
      web.createConnectTransport({ baseUrl, useBinaryFormat: true }),
      web.createConnectTransport({ baseUrl, jsonOptions: { registry } }),
    ];

    for (const transport of transports) {
      const client = createOperationClient(ChecksumServiceOperations, transport);
      const operation = await client.checksumTree({ root: "." });
      expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
    }
  });

  test("says what a transport for JSON lacks", async () => {
    await using server = await operationsServer();
    const { baseUrl } = server;
    const transport = web.createConnectTransport({ baseUrl });
    const client = createOperationClient(ChecksumServiceOperations, transport);
    const operation = client.checksumTree({ root: "." }).then((started) => started.result());
    await expect(operation).rejects.toThrow("operationRegistry");
  });
});

type Checksum = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

test("the errors of waiting are told apart as it says", async () => {
  await using server = await operationsServer();
  const client = clientOf(server.baseUrl);
  const never = new AbortController().signal;
  const until = async (operation: Checksum, timeoutMs = 60_000, signal = never) => {
    try {
      const { treeDigest } = await operation.result({ signal, timeoutMs });
      return treeDigest;
    } catch (error) {
      if (error instanceof OperationError) {
        // It has ended: it failed, or was cancelled, which is Code.Canceled.
        return `ended: ${error.message}`;
      }
      if (error instanceof WaitError) {
        // It may go on: wait again, or come back to it by this name.
        return `${error.kind}: ${error.operationName}`;
      }
      // The reason of the signal.
      throw error;
    }
  };

  expect(await until(await client.checksumTree({ root: "." }))).toBe("abc");
  expect(await until(await client.checksumTree({ root: "fail" }))).toMatch(
    /^ended: \[failed_precondition\] the tree is on fire/,
  );
  const hanging = await client.checksumTree({ root: "hang" });
  expect(await until(hanging, 0)).toBe(`timed-out: ${hanging.name}`);
  const reason = new Error("the tab was closed");
  await expect(until(hanging, 1_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await hanging.poll()).toMatchObject({ kind: "running" });
  await hanging.cancel();
  expect(await until(hanging)).toMatch(/^ended: \[canceled\]/);
  await hanging.delete();
  const gone = client.checksumTree.resume(hanging.name);
  expect(await until(gone)).toBe(`lost-contact: ${hanging.name}`);
  const refused: unknown = await gone.cancel().catch((error: unknown) => error);
  expect(ConnectError.from(refused).code).toBe(Code.NotFound);
});

describe("operations of other clients", () => {
  const transports: [string, (baseUrl: string) => Transport][] = [
    ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
    ["REST", (baseUrl) => createRestTransport({ baseUrl })],
  ];

  test.each(transports)("are listed and resumed over %s", async (_, open) => {
    await using server = await operationsServer();
    const transport = open(server.baseUrl);
    const running = await clientOf(server.baseUrl).checksumTree({ root: "hang" });
    const ended = await clientOf(server.baseUrl).checksumTree({ root: "." });
    await ended.result();

    const client = createOperationClient(ChecksumServiceOperations, transport);
    const operations = createClient(Operations, transport);
    for await (const operation of listOperations(operations, { filter: "done = false" })) {
      await client.checksumTree.resume(operation).cancel();
    }

    await expect(running.result()).rejects.toThrow("[canceled]");
    const listed = listOperations(operations, { filter: "NOT error:*" });
    const digests: string[] = [];
    for await (const operation of listed) {
      digests.push((await client.checksumTree.resume(operation).result()).treeDigest);
    }
    expect(digests).toEqual(["abc"]);
  });

  test("are waited for as they stand", async () => {
    await using server = await operationsServer();
    const transport = createConnectTransport({ baseUrl: server.baseUrl, httpVersion: "1.1" });
    const started = await createClient(ChecksumServiceOperations, transport).checksumTree({});

    const operations = createClient(Operations, transport);
    const types = ChecksumServiceOperations.operations.checksumTree;
    const { treeDigest } = await waitForOperation(operations, started, types);

    expect(treeDigest).toBe("abc");
  });
});
