// SPDX-License-Identifier: Apache-2.0

import { createRouterTransport } from "@connectrpc/connect";
import { createOperationClient } from "longrunning/client";
import { createOperations, memoryStore } from "longrunning/server";
import { expect, test } from "vitest";
import { checksumHandlers } from "./checksum.ts";
import { ChecksumServiceOperations } from "./gen/checksum/v1/checksum_longrunning.ts";

test("digests a directory", async () => {
  await using operations = createOperations({ store: memoryStore() });
  const handlers = checksumHandlers(import.meta.dirname);
  const checksum = operations.implement(ChecksumServiceOperations, handlers);
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, checksum);
  });
  operations.work();

  const client = createOperationClient(ChecksumServiceOperations, transport);
  const operation = await client.checksumTree({ root: "proto" });
  for await (const { filesDone, filesTotal } of operation.progress()) {
    expect(filesDone).toBeLessThanOrEqual(filesTotal);
  }
  expect(await operation.result()).toMatchObject({ files: 1n, skipped: 0n });
});
