// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  ChecksumService,
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { failed, packAny, running, succeeded } from "../../src/index.ts";

const metadata = packAny(ChecksumTreeMetadataSchema, { filesDone: 7n, currentPath: "a/b" });
const errorInfo = { reason: "TREE_GONE", domain: "checksum.test" };

/** One operation in each state, by its name. */
export const stored: Readonly<Record<string, Operation>> = {
  "operations/running": running({ name: "operations/running", metadata }),
  "operations/succeeded": succeeded({
    name: "operations/succeeded",
    metadata,
    response: packAny(ChecksumTreeResponseSchema, { treeDigest: "abc", files: 2n ** 60n }),
  }),
  "operations/failed": failed({
    name: "operations/failed",
    metadata,
    error: {
      code: Code.NotFound,
      message: "the tree is gone",
      details: [packAny(ErrorInfoSchema, errorInfo)],
    },
  }),
};

/** Operations that never change, behind the API and behind a method that starts them. */
export function routes(router: ConnectRouter): void {
  router.service(Operations, {
    getOperation({ name }) {
      const operation = stored[name];
      if (operation === undefined) {
        throw new ConnectError("operation not found", Code.NotFound, undefined, [
          { desc: ErrorInfoSchema, value: { ...errorInfo, reason: "OPERATION_NOT_FOUND" } },
        ]);
      }
      return operation;
    },
    listOperations: () => ({ operations: Object.values(stored) }),
    deleteOperation: () => ({}),
  });
  router.service(ChecksumService, {
    checksumTree: ({ root }) => running({ name: `operations/${root}`, metadata }),
  });
}
