// SPDX-License-Identifier: Apache-2.0

import { AnySchema } from "@bufbuild/protobuf/wkt";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { operationService, packAny } from "../../src/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";

test("metadata that is declared as Any is not packed a second time", async () => {
  const service = operationService(ChecksumService, {
    checksumTree: { response: ChecksumTreeResponseSchema, metadata: AnySchema },
  });
  await using operations = createOperations({ store: memoryStore() });
  const checksum = operations.implement(service, {
    async checksumTree(_, { report }) {
      await report(packAny(ChecksumTreeMetadataSchema, { filesDone: 7n }));
      return {};
    },
  });
  operations.work();
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(service, checksum);
  });
  const { name } = await createClient(service, transport).checksumTree({ root: "x" });
  const { metadata } = await createClient(Operations, transport).waitOperation({ name });
  expect(metadata).toEqual(packAny(ChecksumTreeMetadataSchema, { filesDone: 7n }));
});
