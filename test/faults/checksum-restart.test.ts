// SPDX-License-Identifier: Apache-2.0

import { readFile, truncate } from "node:fs/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { outcomeOf } from "longrunning";
import { Operations } from "longrunning/google/longrunning/operations_pb.js";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type { ChecksumTreeMetadata } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { runClient, startServer } from "../examples/checksum/programs.ts";
import { shellDigest } from "../examples/checksum/shell-digest.ts";
import { temporaryTree } from "../examples/checksum/temporary-tree.ts";

const kills = 10;
const fileBytes = 8 * 1024 * 1024;
const fileCount = 200;

test(`a digest survives kill -9 of its server, ${kills} times`, async () => {
  await using tree = await temporaryTree({ "state/file": "" });
  for (let index = 0; index < fileCount; index++) {
    const path = `served/${index % 7}/${index}`;
    await tree.write({ [path]: `${index}` });
    await truncate(tree.path(path), fileBytes);
  }
  const treeDigest = await shellDigest(tree.path("served"));
  const env = {
    CHECKSUM_ROOT: tree.path("served"),
    OPERATIONS_DB: tree.path("state/operations.db"),
    LEASE_MS: "2000",
  };

  let server = await startServer(env);
  try {
    const { url } = server;
    const transport = createConnectTransport({
      baseUrl: url,
      httpVersion: "1.1",
      useBinaryFormat: true,
    });
    const operations = createClient(Operations, transport);

    async function metadataOf(name: string): Promise<ChecksumTreeMetadata | undefined> {
      const operation = await operations.getOperation({ name });
      return outcomeOf(operation, ChecksumServiceOperations.operations.checksumTree).metadata;
    }

    for (let kill = 0; kill < kills; kill++) {
      await using client = runClient([tree.path("served"), "--server", url]);
      const [name] = await client.written("stderr", /operations\/[a-z0-9]+/);
      // Each time a little later in the tree.
      const enough = BigInt(1 + kill * 5);
      let seen: ChecksumTreeMetadata | undefined;
      await expect
        .poll(
          async () => {
            seen = await metadataOf(name);
            return seen?.filesDone ?? 0n;
          },
          { interval: 20, timeout: 30_000 },
        )
        .toBeGreaterThanOrEqual(enough);
      server.kill("SIGKILL");
      expect(await server.ended).toBe("SIGKILL");

      server = await startServer({ ...env, PORT: new URL(url).port });
      expect(await client.ended, client.output.stderr).toBe(0);
      expect(client.output.stderr).toContain("The server does not answer; waiting for it.");
      expect(JSON.parse(client.output.stdout)).toEqual({
        operation: name,
        treeDigest,
        files: fileCount,
        bytes: fileCount * fileBytes,
        skipped: 0,
      });
      const last = await metadataOf(name);
      expect(last).toMatchObject({ attempt: 2, filesDone: BigInt(fileCount) });
      // The second server has read no more than what the first one had left, its own code aside.
      const left = fileCount * fileBytes - Number(seen?.checkpoint?.bytesDigested);
      expect(await bytesRead(server.pid)).toBeLessThan(left + 4 * fileBytes);
    }
  } finally {
    await server[Symbol.asyncDispose]();
  }
}, 300_000);

/** The bytes that a process has read since it began, from files and from the cache. */
async function bytesRead(pid: number): Promise<number> {
  const [, bytes] = /^rchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, "utf8")) ?? [];
  return Number(bytes);
}
