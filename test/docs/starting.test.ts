// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumTreeResponseSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { outcomeOf } from "../../src/index.ts";
import { createOperations, memoryStore, type Operations } from "../../src/server/index.ts";
import { readText, snippetsIn, typedBlocksIn, untrueLines } from "../snippets.ts";

const document = readText("docs/starting.md");

describe("the document", () => {
  test("is short, and shows no code that is not taken from a file", () => {
    expect(document.split("\n").length).toBeLessThanOrEqual(150);
    expect(snippetsIn(document).length).toBeGreaterThanOrEqual(4);
    expect(typedBlocksIn(document)).toBe(snippetsIn(document).length);
  });

  test.each(snippetsIn(document))("shows $path as it is", (snippet) => {
    expect(untrueLines(snippet)).toEqual([]);
  });

  test("names every reason for which a start is refused", () => {
    const source = readText("src/server/start/start-errors.ts");
    const reasons = [...source.matchAll(/reason: "([A-Z_]+)"/g)].map(([, reason = ""]) => reason);
    expect(reasons.length).toBeGreaterThanOrEqual(9);
    expect(reasons.filter((reason) => !document.includes(`\`${reason}\``))).toEqual([]);
  });
});

type Implementation = Parameters<Parameters<typeof createRouterTransport>[0]>[0];

function clientsOf(operations: Operations, register: (router: Implementation) => void) {
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    register(router);
  });
  const checksum = createClient(ChecksumServiceOperations, transport);
  const api = createClient(OperationsApi, transport);
  const outcome = async (name: string) =>
    outcomeOf(
      await api.waitOperation({ name, timeout: { seconds: 0n } }),
      ChecksumServiceOperations.operations.checksumTree,
    );
  return { checksum, api, outcome };
}

test("the method in it starts as it says", async () => {
  await using operations = createOperations({ store: memoryStore() });
  const known = new Map([["/known", "abc"]]);
  const exists = async (root: string) => root !== "/missing";
  const run = () => new Promise<never>(() => {});

  const checksum = operations.implement(ChecksumServiceOperations, {
    checksumTree: {
      async start({ root }) {
        const treeDigest = known.get(root);
        if (treeDigest !== undefined) {
          return { response: { treeDigest } };
        }
        if (!(await exists(root))) {
          throw new ConnectError(`${root} does not exist`, Code.NotFound);
        }
        return { exclusive: root, metadata: { currentPath: root } };
      },
      run,
    },
  });

  const clients = clientsOf(operations, (router) =>
    router.service(ChecksumServiceOperations, checksum),
  );
  const start = (root: string) => clients.checksum.checksumTree({ root });
  const { name } = await start("/known");
  expect(await clients.outcome(name)).toMatchObject({ response: { treeDigest: "abc" } });
  await expect(start("/missing")).rejects.toMatchObject({ code: Code.NotFound });
  const running = await start("/new");
  expect(await clients.outcome(running.name)).toMatchObject({ metadata: { currentPath: "/new" } });
  await expect(start("/new")).rejects.toMatchObject({ code: Code.Aborted });
});

test("the external method in it is ended by the program", async () => {
  await using operations = createOperations({ store: memoryStore() });
  const sent: { id: string; root: string }[] = [];
  const stopped: string[] = [];
  const engine = {
    start: async (id: string, root: string) => void sent.push({ id, root }),
    stop: async (id: string) => void stopped.push(id),
  };

  const checksum = operations.implement(ChecksumServiceOperations, {
    checksumTree: {
      run: "external",
      timeoutMs: 60 * 60 * 1000,
      start: ({ root }, { name }) => engine.start(name, root),
      onCancel: ({ name }) => engine.stop(name),
    },
  });

  // What the engine calls when a job has ended.
  async function onJobEnded(id: string, job: { digest?: string; problem?: string }) {
    if (job.problem !== undefined) {
      return await operations.fail(id, new ConnectError(job.problem, Code.DataLoss));
    }
    const response = create(ChecksumTreeResponseSchema, { treeDigest: job.digest ?? "" });
    return await operations.complete(id, response);
  }

  const clients = clientsOf(operations, (router) =>
    router.service(ChecksumServiceOperations, checksum),
  );
  const { name } = await clients.checksum.checksumTree({ root: "/" });
  expect(sent).toEqual([{ id: name, root: "/" }]);
  expect(await onJobEnded(name, { digest: "abc" })).toBe("applied");
  expect(await onJobEnded(name, { digest: "abc" })).toBe("same");
  expect(await onJobEnded(name, { problem: "a disk is gone" })).toBe("refused");
  expect(await clients.outcome(name)).toMatchObject({ response: { treeDigest: "abc" } });
  const other = await clients.checksum.checksumTree({ root: "/" });
  await clients.api.cancelOperation({ name: other.name });
  expect(stopped).toEqual([other.name]);
  expect(await onJobEnded(other.name, { problem: "stopped" })).toBe("applied");
  expect(await clients.outcome(other.name)).toMatchObject({ kind: "cancelled" });
});
