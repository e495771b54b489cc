// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createOperationClient } from "longrunning/client";
import { createRestTransport } from "longrunning/rest";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { checksumApp } from "../../examples/express/app.ts";
import { runProgram } from "./checksum/programs.ts";
import { temporaryTree } from "./checksum/temporary-tree.ts";

async function serve() {
  const tree = await temporaryTree({ "served/file": "hello", "page/index.html": "a page" });
  const { app, operations } = checksumApp({
    database: tree.path("operations.db"),
    root: tree.path("served"),
    page: tree.path("page"),
  });
  operations.work();
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    baseUrl,
    operations,
    start: (body: string) =>
      fetch(`${baseUrl}/checksums`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await operations.close({ drainMs: 0 });
      await tree[Symbol.asyncDispose]();
    },
  };
}

test("the app answers with the name of what it has started, over REST, RPC and beside its page", async () => {
  await using server = await serve();
  const { baseUrl } = server;
  expect(await (await fetch(baseUrl)).text()).toBe("a page");

  const started = await server.start('{"root": "."}');
  const { name } = (await started.json()) as { name: string };
  expect(name).toMatch(/^operations\/\w+$/);
  expect([started.status, started.headers.get("location")]).toEqual([202, `/v1/${name}`]);
  const status = await fetch(new URL(`/v1/${name}`, baseUrl));
  expect(await status.json()).toMatchObject({ name });

  const transports = [
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
    createRestTransport({ baseUrl }),
  ];
  for (const transport of transports) {
    const { checksumTree } = createOperationClient(ChecksumServiceOperations, transport);
    expect(await checksumTree.resume(name).result()).toMatchObject({ files: 1n, bytes: 5n });
    const another = await checksumTree({ root: "." });
    expect(await another.result()).toMatchObject({ files: 1n, bytes: 5n });
  }
});

test("the app says why an operation cannot start", async () => {
  await using server = await serve();
  expect((await server.start("{")).status).toBe(400);
  await server.operations.close({ drainMs: 0 });
  const refused = await server.start('{"root": "."}');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toEqual({ error: expect.stringContaining("[unavailable]") });
});

test("the program serves it, and ends when it is told to", async () => {
  await using tree = await temporaryTree({ "served/file": "hello", "page/index.html": "a page" });
  const env = {
    PORT: "0",
    CHECKSUM_ROOT: tree.path("served"),
    OPERATIONS_DB: tree.path("operations.db"),
  };
  await using program = runProgram("express/server", { args: [tree.path("page")], env });
  const [baseUrl] = await program.written("stdout", /http:\S+/);
  expect(await (await fetch(baseUrl)).text()).toBe("a page");
  const { checksumTree } = createOperationClient(
    ChecksumServiceOperations,
    createRestTransport({ baseUrl }),
  );
  expect(await (await checksumTree({ root: "." })).result()).toMatchObject({ files: 1n });
  program.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});
