// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { checksumApp } from "../../examples/fastify/server.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { operationRegistry, outcomeOf } from "../../src/index.ts";

test("the service runs on Fastify, in JSON, beside other routes", async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "longrunning-")));
  writeFileSync(join(root, "file"), "hello");
  const { app } = await checksumApp({ database: ":memory:", root });
  try {
    const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
    expect(await (await fetch(`${baseUrl}/healthz`)).text()).toBe("ok");
    const transport = createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: false,
      jsonOptions: { registry: operationRegistry(ChecksumServiceOperations) },
    });
    const checksum = createClient(ChecksumServiceOperations, transport);
    const { name } = await checksum.checksumTree({ root: "." });
    const ended = await createClient(Operations, transport).waitOperation({ name });
    expect(outcomeOf(ended, ChecksumServiceOperations.operations.checksumTree)).toMatchObject({
      kind: "succeeded",
      response: { files: 1n, bytes: 5n },
    });
  } finally {
    await app.close();
    rmSync(root, { recursive: true });
  }
});
