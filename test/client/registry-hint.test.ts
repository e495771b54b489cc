// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationClient } from "../../src/client/index.ts";
import { withRegistryHint } from "../../src/client/registry-hint.ts";
import { operationRegistry } from "../../src/index.ts";
import { endedAt, name } from "./unit/checksum-states.ts";
import { type OneOperationServer, oneOperationServer } from "./unit/one-operation-server.ts";

let server: OneOperationServer;

beforeAll(async () => {
  server = await oneOperationServer();
  server.tell(() => endedAt(1));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function handle(jsonOptions?: { readonly registry: ReturnType<typeof operationRegistry> }) {
  const { baseUrl } = server;
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "1.1",
    useBinaryFormat: false,
    ...(jsonOptions && { jsonOptions }),
  });
  return createOperationClient(ChecksumServiceOperations, transport).checksumTree.resume(name);
}

describe("over JSON without a registry", () => {
  test("a wait ends, and a poll fails, with the mend named", async () => {
    const [wait, poll] = await Promise.all(
      [handle().result(), handle().poll()].map((promise) => promise.catch((error) => error)),
    );
    expect(wait).toMatchObject({ name: "WaitError", kind: "lost-contact" });
    for (const text of ["operationRegistry", "jsonOptions", "useBinaryFormat"]) {
      expect(wait.message).toContain(text);
      expect(poll.message).toContain(text);
    }
    expect(poll).toBeInstanceOf(ConnectError);
  });

  test("that mend is one", async () => {
    const registry = operationRegistry(ChecksumServiceOperations);
    expect(await handle({ registry }).result()).toMatchObject({ files: 1n });
  });

  test("connect says still what is taken for the sign of it", async () => {
    const transport = createConnectTransport({
      baseUrl: server.baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: false,
    });
    const error = await createClient(Operations, transport)
      .getOperation({ name })
      .catch((reason: unknown) => ConnectError.from(reason));
    expect(error).toMatchObject({
      rawMessage: expect.stringMatching(/is not in the type registry$/),
    });
  });
});

describe("the hint", () => {
  test("keeps code, metadata and cause of the error", () => {
    const error = new ConnectError("x is not in the type registry", Code.Internal, { a: "b" });
    const hinted = withRegistryHint(error);
    expect(hinted.code).toBe(Code.Internal);
    expect(hinted.metadata.get("a")).toBe("b");
    expect(hinted.cause).toBe(error);
  });

  test("is added to no other error", () => {
    const error = new ConnectError("is not in the type registry of births", Code.NotFound);
    expect(withRegistryHint(error)).toBe(error);
    expect(withRegistryHint(new Error("no")).rawMessage).toBe("no");
  });
});
