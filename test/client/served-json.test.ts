// SPDX-License-Identifier: Apache-2.0

import { ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { Operations } from "../../gen/google/longrunning/operations_pb.ts";
import {
  createOperationClient,
  listOperations,
  WaitError,
  waitForOperation,
} from "../../src/client/index.ts";
import { operationRegistry } from "../../src/index.ts";
import { type ChecksumHandler, rejectionOf, serving } from "./serving.ts";
import { transportKinds } from "./transports.ts";

/** There is something to read from the beginning, if it begins so, or from the first report on. */
const reporting = (beginsSo: boolean): ChecksumHandler => ({
  start: () => (beginsSo ? { metadata: { root: "/" } } : undefined),
  run: async (_, operation) => {
    await operation.report({ filesDone: 1n });
    return { treeDigest: "abc" };
  },
});

const types = ChecksumServiceOperations.operations.checksumTree;

/** It says what is missing, and what to do about it. */
function expectHint(error: unknown): void {
  expect(error).toBeInstanceOf(ConnectError);
  const { rawMessage, cause } = error as ConnectError;
  expect(rawMessage).toMatch(/ChecksumTree(Metadata|Response) is not in the type registry/);
  expect(rawMessage).toContain("operationRegistry");
  expect(rawMessage).toContain("useBinaryFormat");
  expect(cause).toBeInstanceOf(ConnectError);
}

describe.each(transportKinds.filter(({ needsRegistry }) => needsRegistry))(
  "over $name without a registry",
  (kind) => {
    test("the error of a start names the mend", async () => {
      await using a = await serving(kind, reporting(true));
      const client = createOperationClient(
        ChecksumServiceOperations,
        a.connect({ registry: undefined }),
      );

      expectHint(await rejectionOf(client.checksumTree({})));
      expect(a.methods).toEqual(["ChecksumTree"]);
    });

    test("so do those of all who wait and ask, which ask no more", async () => {
      await using a = await serving(kind, reporting(false));
      const { name } = await a.client.checksumTree({});
      await a.client.checksumTree.resume(name).result();
      const transport = a.connect({ registry: undefined });
      const client = createOperationClient(ChecksumServiceOperations, transport);
      const operations = createClient(Operations, transport);
      const operation = client.checksumTree.resume(name);
      const listen = async () => {
        for await (const state of operation.progress()) {
          expect.fail(`there is none: ${state}`);
        }
      };

      for (const wait of [
        () => operation.result(),
        listen,
        async () => {
          const started = { ...(await a.api.getOperation({ name })), done: false };
          await waitForOperation(operations, started, types);
        },
      ]) {
        const error = await rejectionOf(wait());
        expect(error).toBeInstanceOf(WaitError);
        expect(error).toMatchObject({ kind: "lost-contact", operationName: name });
        expect((error as WaitError).message).toContain("operationRegistry");
        expectHint((error as WaitError).cause);
      }
      expectHint(await rejectionOf(operation.poll()));
      expectHint(await rejectionOf(listOperations(operations).next()));
      await a.expectRest();
    });

    test("what needs no type needs no registry", async () => {
      await using a = await serving(kind, reporting(false));
      const client = createOperationClient(
        ChecksumServiceOperations,
        a.connect({ registry: undefined }),
      );

      expect(await client.listAlgorithms({})).toMatchObject({ algorithms: ["sha256"] });
      const operation = await client.checksumTree({});
      await operation.cancel();
      await operation.delete();
    });

    test("and whoever mends it goes on", async () => {
      await using a = await serving(kind, reporting(true));
      const { name } = await a.client.checksumTree({});
      const registry = operationRegistry(ChecksumServiceOperations);

      const client = createOperationClient(ChecksumServiceOperations, a.connect({ registry }));

      expect(await client.checksumTree.resume(name).result()).toMatchObject({ treeDigest: "abc" });
    });
  },
);
