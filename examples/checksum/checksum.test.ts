// SPDX-License-Identifier: Apache-2.0

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { outcomeOf } from "longrunning";
import { Operations } from "longrunning/google/longrunning/operations_pb.js";
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

  const client = createClient(ChecksumServiceOperations, transport);
  const { name } = await client.checksumTree({ root: "proto" });
  const ended = await createClient(Operations, transport).waitOperation({ name });
  expect(outcomeOf(ended, ChecksumServiceOperations.operations.checksumTree)).toMatchObject({
    kind: "succeeded",
    response: { files: 1n, skipped: 0n },
  });
});
