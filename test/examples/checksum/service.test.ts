// SPDX-License-Identifier: Apache-2.0

import { rename, truncate } from "node:fs/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, createRouterTransport } from "@connectrpc/connect";
import { OperationError, type OperationOutcome } from "longrunning";
import { createOperationClient, type OperationClient } from "longrunning/client";
import { BadRequestSchema, ErrorInfoSchema } from "longrunning/google/rpc/error_details_pb.js";
import { createOperations, memoryStore } from "longrunning/server";
import { describe, expect, test } from "vitest";
import { checksumHandlers } from "../../../examples/checksum/checksum.ts";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeRequestSchema,
  ChecksumTreeResponse,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { attempt } from "./attempt.ts";
import { openFiles } from "./open-files.ts";
import { type TemporaryTree, temporaryTree } from "./temporary-tree.ts";

interface Serving extends AsyncDisposable {
  readonly client: OperationClient<typeof ChecksumServiceOperations>;
  /** Starts an operation and waits for its end. */
  run(
    request: MessageInitShape<typeof ChecksumTreeRequestSchema>,
  ): Promise<OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>>;
}

function serve(served: string): Serving {
  const server = createOperations({ store: memoryStore() });
  const checksum = server.implement(ChecksumServiceOperations, checksumHandlers(served));
  const transport = createRouterTransport((router) => {
    server.routes(router);
    router.service(ChecksumServiceOperations, checksum);
  });
  server.work();
  const client = createOperationClient(ChecksumServiceOperations, transport);
  return {
    client,
    async run(request) {
      const operation = await client.checksumTree(request);
      await operation.result().catch(() => {});
      return operation.poll();
    },
    [Symbol.asyncDispose]: () => server.close({ drainMs: 0 }),
  };
}

async function treeWithHugeFile(): Promise<TemporaryTree> {
  const tree = await temporaryTree({ a: "a", "b/huge": "", c: "c" });
  await truncate(tree.path("b/huge"), 1024 ** 4);
  return tree;
}

describe("the checksum service", () => {
  test("digests a tree", async () => {
    await using tree = await temporaryTree({ "a/b": "x", c: "yy" });
    await using server = serve(tree.root);
    const response = await attempt(tree.root);
    expect(await server.run({ root: "." })).toMatchObject({ kind: "succeeded", response });
    expect(await server.client.listAlgorithms({})).toMatchObject({ algorithms: ["sha256"] });
  });

  test.each([
    ["", Code.InvalidArgument, "ROOT_REQUIRED"],
    ["nowhere", Code.NotFound, "ROOT_NOT_FOUND"],
    ["c", Code.InvalidArgument, "ROOT_NOT_A_DIRECTORY"],
    ["..", Code.PermissionDenied, "ROOT_NOT_SERVED"],
  ])("fails for %j, and says why", async (root, code, reason) => {
    await using tree = await temporaryTree({ "a/b": "x", c: "yy" });
    await using server = serve(tree.root);
    const outcome = await server.run({ root });
    if (outcome.kind !== "failed") {
      throw new Error(`Expected it to fail, got ${outcome.kind}`);
    }
    expect(outcome.error.code).toBe(code);
    expect(outcome.error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason }]);
    expect(outcome.error.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: "root", reason }] },
    ]);
  });

  test("stops at once when cancelled, in the middle of a file, and leaves none open", async () => {
    await using tree = await treeWithHugeFile();
    await using server = serve(tree.root);
    const operation = await server.client.checksumTree({ root: tree.root });
    await expect.poll(() => openFiles(tree.root)).not.toEqual([]);
    const cancelledAt = performance.now();
    await operation.cancel();
    const error: unknown = await operation.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ code: Code.Canceled });
    expect(performance.now() - cancelledAt).toBeLessThan(1_000);
    expect(await openFiles(tree.root)).toEqual([]);
  });

  test("goes on where a cancelled operation stopped", async () => {
    await using tree = await treeWithHugeFile();
    await using server = serve(tree.root);
    const operation = await server.client.checksumTree({ root: tree.root });
    for await (const { filesDone } of operation.progress()) {
      if (filesDone === 1n) {
        await operation.cancel();
      }
    }
    const { kind, metadata } = await operation.poll();
    expect([kind, metadata?.filesDone]).toEqual(["cancelled", 1n]);
    if (metadata === undefined) {
      throw new Error("Expected metadata");
    }
    // Were the first file read again, it would be missed.
    await rename(tree.path("a"), tree.path("d"));
    await truncate(tree.path("b/huge"), 0);
    expect(await server.run({ root: metadata.root, resumeFrom: metadata })).toMatchObject({
      kind: "succeeded",
      response: { files: 4n, skipped: 0n },
    });
  });
});
