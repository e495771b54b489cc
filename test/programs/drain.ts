// SPDX-License-Identifier: Apache-2.0

// Closes while a handler runs that never settles, with nothing else that keeps the process alive.

import { createHandlerContext } from "@connectrpc/connect";
import { createOperations, memoryStore } from "longrunning/server";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";

const operations = createOperations({ store: memoryStore() });
const { checksumTree } = operations.implement(ChecksumServiceOperations, {
  checksumTree: () => new Promise(() => {}),
});
operations.work();
await checksumTree?.(
  { $typeName: "checksum.v1.ChecksumTreeRequest", root: "" },
  createHandlerContext({
    service: ChecksumServiceOperations,
    method: ChecksumServiceOperations.method.checksumTree,
    protocolName: "connect",
    requestMethod: "POST",
    url: "https://localhost",
  }),
);
await operations.close({ drainMs: 300 });
console.log("closed");
