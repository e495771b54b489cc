// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeRequest,
  type ChecksumTreeResponse,
  ChecksumTreeResponseSchema,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { operationService } from "../../src/index.ts";
import {
  type CancelledOperation,
  createOperations,
  type ExternalOperationMethod,
  type ExternalOutcome,
  memoryStore,
  type OperationContext,
  type OperationMethod,
  type OperationStart,
  type StartContext,
} from "../../src/server/index.ts";
import type { AnyKeys } from "./any-keys.ts";

const operations = createOperations({ store: memoryStore() });
const implement = operations.implement;
const run = async () => ({ treeDigest: "abc" });

/* What `start` is given, and what it says */

implement(ChecksumServiceOperations, {
  checksumTree: {
    async start(request, start) {
      expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
      expectTypeOf(start).toEqualTypeOf<StartContext>();
      expectTypeOf(start.name).toEqualTypeOf<string>();
      expectTypeOf(start.principal).toEqualTypeOf<string | undefined>();
      expectTypeOf(start.validateOnly).toEqualTypeOf<boolean>();
      expectTypeOf(start.context).toEqualTypeOf<HandlerContext>();
      return {
        metadata: { filesDone: 1n, checkpoint: { bytesDigested: 1n } },
        exclusive: request.root,
        response: { treeDigest: "abc" },
      };
    },
    validates: true,
    parent(request) {
      expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
      return "projects/p";
    },
    requestId: ({ root }) => root,
    retentionMs: 1_000,
    maxLosses: 0,
    async run(request, operation) {
      expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
      expectTypeOf(operation).toEqualTypeOf<OperationContext<ChecksumTreeMetadata>>();
      return { treeDigest: "abc" };
    },
  },
});
implement(ChecksumServiceOperations, { checksumTree: { start() {}, run } });
implement(ChecksumServiceOperations, { checksumTree: { async start() {}, run } });
implement(ChecksumServiceOperations, { checksumTree: { start: () => ({}), run } });
implement(ChecksumServiceOperations, {
  checksumTree: { start: ({ root }) => (root === "/" ? undefined : { exclusive: root }), run },
});
implement(ChecksumServiceOperations, {
  checksumTree: { start: () => ({ metadata: create(ChecksumTreeMetadataSchema) }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: metadata has no such field.
  checksumTree: { start: () => ({ metadata: { fileDone: 1n } }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: 64-bit integers are bigints.
  checksumTree: { start: async () => ({ metadata: { filesDone: 1 } }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: a message of another type.
  checksumTree: { start: () => ({ metadata: create(ChecksumTreeResponseSchema) }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: a response is a message of the declared type.
  checksumTree: { start: () => ({ response: "abc" }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: a key is a string.
  checksumTree: { start: () => ({ exclusive: 1 }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: start says nothing else.
  checksumTree: { start: () => ({ name: "operations/a" }), run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: a parent is a name.
  checksumTree: { parent: () => undefined, run },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: an id is a string.
  checksumTree: { requestId: ({ root }) => root.length, run },
});

/* Work that is done elsewhere */

implement(ChecksumServiceOperations, { checksumTree: { run: "external", timeoutMs: 1_000 } });
implement(ChecksumServiceOperations, {
  checksumTree: {
    run: "external",
    timeoutMs: 1_000,
    start(request, start) {
      expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
      expectTypeOf(start).toEqualTypeOf<StartContext>();
      return { metadata: { filesDone: 1n } };
    },
    async onCancel(operation) {
      expectTypeOf(operation).toEqualTypeOf<CancelledOperation>();
      expectTypeOf(operation.principal).toEqualTypeOf<string | undefined>();
      return await operations.fail(operation.name, new Error("stopped"));
    },
  },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: it has to be known when to give it up.
  checksumTree: { run: "external" },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: there is no such way to run.
  checksumTree: { run: "elsewhere", timeoutMs: 1_000 },
});
implement(ChecksumServiceOperations, {
  checksumTree: {
    run: "external",
    timeoutMs: 1_000,
    // @ts-expect-error: what does not run here loses no worker.
    maxLosses: 1,
  },
});
implement(ChecksumServiceOperations, {
  checksumTree: {
    run,
    // @ts-expect-error: what runs here is not given up.
    timeoutMs: 1_000,
  },
});
implement(ChecksumServiceOperations, {
  checksumTree: {
    run,
    // @ts-expect-error: what runs here is told by its signal.
    onCancel() {},
  },
});
const empty = operationService(ChecksumService, {
  checksumTree: { response: EmptySchema, metadata: ChecksumTreeMetadataSchema },
});
implement(empty, { checksumTree: { start: () => ({ response: {} }), run: async () => {} } });

expectTypeOf(operations.report).parameters.toEqualTypeOf<[string, Message]>();
expectTypeOf(operations.report).returns.toEqualTypeOf<Promise<ExternalOutcome>>();
expectTypeOf<ExternalOutcome>().toEqualTypeOf<"applied" | "same" | "refused">();
operations.complete("operations/a");
operations.complete("operations/a", create(ChecksumTreeResponseSchema));
operations.fail("operations/a", "whatever was thrown");
// @ts-expect-error: which type the fields are of is not known.
operations.complete("operations/a", { treeDigest: "abc" });
// @ts-expect-error: it fails with something.
operations.fail("operations/a");

/* Methods on their own */

type Types = [ChecksumTreeRequest, ChecksumTreeResponse, ChecksumTreeMetadata];
const method: OperationMethod<Types[0], Types[1], Types[2]> = { run };
const external: ExternalOperationMethod<Types[0], Types[1], Types[2]> = {
  run: "external",
  timeoutMs: 1_000,
};
implement(ChecksumServiceOperations, { checksumTree: method });
implement(ChecksumServiceOperations, { checksumTree: external });

/* Nothing public is any */

expectTypeOf<AnyKeys<StartContext>>().toBeNever();
expectTypeOf<AnyKeys<OperationStart<Types[1], Types[2]>>>().toBeNever();
expectTypeOf<AnyKeys<typeof method>>().toBeNever();
expectTypeOf<AnyKeys<typeof external>>().toBeNever();
