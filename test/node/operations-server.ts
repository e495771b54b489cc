// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { BadRequestSchema, DebugInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createNodeServer, nodeAdapter } from "../../src/node/index.ts";
import { createOperations, memoryStore } from "../../src/server/index.ts";

/** A server of checksum operations whose `root` says what becomes of them. */
export interface OperationsServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly port: number;
  /** Lets the operations that hang succeed. */
  finish(): void;
}

/** `root`: "hang" waits for `finish`, "fail" fails with details, anything else succeeds. */
export async function operationsServer(): Promise<OperationsServer> {
  const operations = createOperations({ store: memoryStore(), domain: "checksum.test" });
  const finished = new AbortController();
  const checksum = operations.implement(ChecksumServiceOperations, {
    async checksumTree({ root }, operation) {
      await operation.report({ filesDone: 1n, currentPath: "a/b" });
      if (root === "fail") {
        throw new ConnectError("the tree is on fire", Code.FailedPrecondition, undefined, [
          {
            desc: BadRequestSchema,
            value: create(BadRequestSchema, { fieldViolations: [{ field: "root" }] }),
          },
          { desc: DebugInfoSchema, value: { detail: "hot" } },
        ]);
      }
      if (root === "hang") {
        const either = AbortSignal.any([finished.signal, operation.signal]);
        await new Promise((resolve) => either.addEventListener("abort", resolve));
        operation.signal.throwIfAborted();
      }
      return { treeDigest: "abc", files: 1n, bytes: 2n ** 60n };
    },
    listAlgorithms: () => ({ algorithms: ["sha256"] }),
  });
  operations.work();
  const server = createNodeServer(
    nodeAdapter({
      routes(router) {
        operations.routes(router);
        router.service(ChecksumServiceOperations, checksum);
      },
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    finish: () => finished.abort(),
    async [Symbol.asyncDispose]() {
      await operations.close({ drainMs: 0 });
      await server.close();
    },
  };
}
