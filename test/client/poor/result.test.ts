// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { AnySchema, type Empty, EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { type Operation, Operations } from "../../../gen/google/longrunning/operations_pb.ts";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { WaitError, waitForOperation } from "../../../src/client/index.ts";
import { OperationError, packAny } from "../../../src/index.ts";
import { type TransportKind, transportKinds } from "../transports.ts";
import { doneWith, goingOn, malformedAny, progressAny, unknownAny } from "./poor-operations.ts";
import { type PoorWorld, poorWorld } from "./poor-world.ts";

/** Waits for an operation that ends, once it is waited for, as `ended` says. */
async function outcomeOf(world: PoorWorld, ended: Operation): Promise<unknown> {
  const operation = await world.start();
  world.operations.state = ended;
  const settled = await world.time.until(operation.result(), 60_000);
  return settled.status === "rejected" ? settled.reason : settled.value;
}

function expectUnusable(error: unknown, reason: string): void {
  expect(error).toBeInstanceOf(OperationError);
  const { code, ...rest } = error as OperationError;
  expect(code).toBe(Code.Internal);
  expect(rest.operation.done).toBe(true);
  const [info] = (error as OperationError).findDetails(ErrorInfoSchema);
  expect(info).toMatchObject({
    reason,
    metadata: { expected: "checksum.v1.ChecksumTreeResponse" },
  });
}

const speaksJson = ({ name, needsRegistry }: TransportKind) => needsRegistry || name === "REST";

beforeEach(() => {
  // The adapter tells of each Any that it leaves out of an answer.
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(transportKinds)("over $name", (kind) => {
  test.each([
    { what: "done without a result", ended: doneWith(), reason: "RESULT_MISSING" },
    {
      what: "done with an Any that is empty",
      ended: doneWith(create(AnySchema)),
      reason: "RESULT_MISSING",
    },
    {
      what: "done with another type",
      ended: doneWith(packAny(ChecksumTreeMetadataSchema, { filesDone: 1n })),
      reason: "RESULT_TYPE_MISMATCH",
    },
    {
      what: "done with Empty where something is declared",
      ended: doneWith(packAny(EmptySchema, {})),
      reason: "RESULT_TYPE_MISMATCH",
    },
    {
      what: "done with bytes that are no message",
      ended: doneWith(malformedAny),
      // In JSON there are no such bytes; a server can only leave them out.
      reason: speaksJson(kind) ? "RESULT_MISSING" : "RESULT_MALFORMED",
    },
  ])("$what: $reason, and one call", async ({ ended, reason }) => {
    await using world = await poorWorld(kind);
    expectUnusable(await outcomeOf(world, ended), reason);
    expect(world.calls.map(({ kind }) => kind)).toEqual(["start", "wait"]);
  });

  test("done with a type that nobody here knows", async () => {
    await using world = await poorWorld(kind);
    const outcome = await outcomeOf(world, doneWith(unknownAny));
    if (kind.needsRegistry) {
      expect(outcome).toBeInstanceOf(WaitError);
      expect(outcome).toMatchObject({
        kind: "lost-contact",
        cause: { message: expect.stringContaining("operationRegistry(") },
      });
    } else {
      expectUnusable(outcome, "RESULT_TYPE_MISMATCH");
    }
    expect(world.calls).toHaveLength(2);
  });

  test("done without a result, where Empty is declared", async () => {
    await using world = await poorWorld(kind);
    world.operations.state = doneWith();
    const operations = createClient(Operations, world.opened.transport);
    const types = { response: EmptySchema, metadata: ChecksumTreeMetadataSchema };
    const response: Empty = await waitForOperation(operations, goingOn(), types);
    expect(response.$typeName).toBe("google.protobuf.Empty");
  });

  test("an error with the code of success is an error all the same", async () => {
    await using world = await poorWorld(kind);
    const ended = doneWith();
    const outcome = await outcomeOf(world, {
      ...ended,
      result: {
        case: "error",
        value: { $typeName: "google.rpc.Status", code: 0, message: "fine", details: [] },
      },
    });
    expect(outcome).toBeInstanceOf(OperationError);
    expect(world.calls).toHaveLength(2);
  });

  test("an outcome that cannot be used is the same for all who ask, and is asked for once", async () => {
    await using world = await poorWorld(kind);
    const operation = await world.start();
    world.operations.state = doneWith();
    const [one, other] = await Promise.allSettled([operation.result(), operation.result()]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ status: "rejected" });
    expectUnusable(await operation.result().catch((error) => error), "RESULT_MISSING");
    expect(operation.done).toBe(true);
    expect(world.count("wait")).toBe(1);
  });

  test("a response goes with metadata that cannot be read", async () => {
    await using world = await poorWorld(kind);
    const outcome = await outcomeOf(world, {
      ...doneWith(packAny(ChecksumTreeResponseSchema, { treeDigest: "abc" })),
      metadata: { ...progressAny(1n), value: new Uint8Array([0x08]) },
    });
    expect(outcome).toMatchObject({ treeDigest: "abc" });
  });
});
