// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { OperationSchema } from "../../gen/google/longrunning/operations_pb.ts";
import { createOperationClient, type OperationClient } from "../../src/client/index.ts";
import { endedAt } from "./unit/checksum-states.ts";

/** A client of a server whose operations are all in one state as they start. */
function clientOf(
  state: MessageInitShape<typeof OperationSchema>,
): OperationClient<typeof ChecksumServiceOperations> {
  const transport = createRouterTransport(({ service }) => {
    service(ChecksumServiceOperations, { checksumTree: () => state });
  });
  return createOperationClient(ChecksumServiceOperations, transport);
}

test("nothing is resumed without a name", () => {
  const { resume } = clientOf({}).checksumTree;
  const message = "Expected the name of an operation, got ``";
  expect(() => resume("")).toThrow(new TypeError(message));
  expect(() => resume(create(OperationSchema))).toThrow(new TypeError(message));
});

test("what was started without a name is an error of the server", async () => {
  await expect(clientOf({ done: false }).checksumTree({})).rejects.toMatchObject({
    name: "ConnectError",
    code: Code.Internal,
    rawMessage: "the operation that was started has no name",
  });
});

test("what has ended needs no name", async () => {
  const operation = await clientOf({ ...endedAt(1), name: "" }).checksumTree({});
  expect(await operation.result()).toMatchObject({ treeDigest: "abc" });
});
