// SPDX-License-Identifier: Apache-2.0

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { operationService, outcomeOf } from "../../src/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";

const types = { response: ChecksumTreeResponseSchema, metadata: ChecksumTreeMetadataSchema };
const service = operationService(ChecksumService, { checksumTree: types });

test("an operation is started, waited for, listed and deleted", async () => {
  await using operations = createOperations({ store: memoryStore() });
  const checksum = operations.implement(service, {
    async checksumTree(request, operation) {
      for (let n = 1n; n <= 3n; n++) {
        await operation.report({ filesDone: n, currentPath: request.root });
      }
      return { files: 3n, treeDigest: "abc" };
    },
    listAlgorithms: () => ({ algorithms: ["sha256"] }),
  });
  operations.work();
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(service, checksum);
  });
  const started = await createClient(service, transport).checksumTree({ root: "/x" });
  expect(started.name).toMatch(/^operations\/[a-z2-7]{26}$/);
  const client = createClient(Operations, transport);
  const done = await client.waitOperation({ name: started.name });
  const outcome = outcomeOf(done, types);
  expect(outcome).toMatchObject({
    kind: "succeeded",
    response: { files: 3n },
    metadata: { filesDone: 3n },
  });
  expect((await client.listOperations({})).operations).toHaveLength(1);
  await client.deleteOperation({ name: started.name });
  await expect(client.getOperation({ name: started.name })).rejects.toThrow("not found");
});
