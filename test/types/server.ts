// SPDX-License-Identifier: Apache-2.0

import type { DescService, Message, Registry } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { expectTypeOf } from "vitest";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumService,
  type ChecksumTreeMetadata,
  ChecksumTreeMetadataSchema,
  type ChecksumTreeRequest,
  type ChecksumTreeResponse,
  type ListAlgorithmsRequest,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { operationService, resolveOperations } from "../../src/index.ts";
import type * as server from "../../src/server/index.ts";
import {
  createOperations,
  type ExternalOperationMethod,
  memoryStore,
  type OperationContext,
  type OperationHandler,
  type OperationHandlers,
  type OperationMethod,
  type OperationServiceImpl,
} from "../../src/server/index.ts";
import type { AnyKeys } from "./any-keys.ts";

declare const router: ConnectRouter;
declare const loose: DescService;
declare const registry: Registry;

const operations = createOperations({ store: memoryStore() });
const implement = operations.implement;

/* A handler's parameters are named messages */

const impl = operations.implement(ChecksumServiceOperations, {
  async checksumTree(request, operation) {
    expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
    expectTypeOf(operation).toEqualTypeOf<OperationContext<ChecksumTreeMetadata>>();
    expectTypeOf(operation.name).toEqualTypeOf<string>();
    expectTypeOf(operation.attempt).toEqualTypeOf<number>();
    expectTypeOf(operation.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(operation.metadata).toEqualTypeOf<ChecksumTreeMetadata | undefined>();
    expectTypeOf(operation.report).returns.toEqualTypeOf<Promise<void>>();
    operation.report({ filesDone: 1n, checkpoint: { bytesDigested: 1n } });
    // @ts-expect-error: 64-bit integers are bigints.
    operation.report({ filesDone: 1 });
    // @ts-expect-error: metadata has no such field.
    operation.report({ filesDone: 1n, fileDone: 2n });
    // @ts-expect-error: something is reported.
    operation.report();
    // @ts-expect-error: what an earlier attempt stored may be missing.
    operation.metadata.filesDone;
    // @ts-expect-error: an attempt does not rename its operation.
    operation.name = "operations/b";
    return { treeDigest: "abc", files: 1n };
  },
  listAlgorithms(request, context) {
    expectTypeOf(request).toEqualTypeOf<ListAlgorithmsRequest>();
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    return { algorithms: ["sha256"] };
  },
});

/* What a handler returns is its response */

implement(ChecksumServiceOperations, {
  // @ts-expect-error: 64-bit integers are bigints.
  checksumTree: async () => ({ files: 1 }),
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: a response is a message of the declared type.
  checksumTree: async () => "abc",
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: something is returned.
  checksumTree: async () => {},
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: what runs long is asynchronous.
  checksumTree: () => ({ treeDigest: "abc" }),
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: an ordinary method answers with its own response.
  listAlgorithms: () => ({ treeDigest: "abc" }),
});

const empty = operationService(ChecksumService, {
  checksumTree: { response: EmptySchema, metadata: ChecksumTreeMetadataSchema },
});
implement(empty, { checksumTree: async () => {} });
implement(empty, { checksumTree: async () => ({}) });
implement(empty, { checksumTree: { run: async () => {} } });
// @ts-expect-error: Empty has no fields.
implement(empty, { checksumTree: async () => ({ treeDigest: "abc" }) });

/* A method written out in full */

implement(ChecksumServiceOperations, {
  checksumTree: {
    maxLosses: 0,
    cancelGraceMs: 1_000,
    async run(request, operation) {
      expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
      expectTypeOf(operation).toEqualTypeOf<OperationContext<ChecksumTreeMetadata>>();
      return { treeDigest: "abc" };
    },
  },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: something has to run.
  checksumTree: { maxLosses: 0 },
});
implement(ChecksumServiceOperations, {
  checksumTree: {
    run: async () => ({}),
    // @ts-expect-error: there is no such option.
    maxLoss: 0,
  },
});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: only what runs long is written out in full.
  listAlgorithms: { run: async () => ({ algorithms: [] }) },
});

/* The names of methods */

implement(ChecksumServiceOperations, {});
implement(ChecksumServiceOperations, {
  // @ts-expect-error: there is no such method.
  checksumTrees: async () => ({}),
});
// @ts-expect-error: what runs long needs the types of its operations.
implement(ChecksumService, { checksumTree: async () => ({}) });
// @ts-expect-error: what runs long needs the types of its operations.
implement(loose, {});

/* Handlers on their own, and of a class */

type Handlers = OperationHandlers<typeof ChecksumServiceOperations>;
expectTypeOf<NonNullable<Handlers["checksumTree"]>>().toEqualTypeOf<
  | OperationHandler<ChecksumTreeRequest, ChecksumTreeResponse, ChecksumTreeMetadata>
  | OperationMethod<ChecksumTreeRequest, ChecksumTreeResponse, ChecksumTreeMetadata>
  | ExternalOperationMethod<ChecksumTreeRequest, ChecksumTreeResponse, ChecksumTreeMetadata>
>();
class Checksums implements Handlers {
  readonly digest = "abc";
  async checksumTree(_: ChecksumTreeRequest) {
    return { treeDigest: this.digest };
  }
}
implement(ChecksumServiceOperations, new Checksums());

/* What implement makes is an ordinary implementation */

expectTypeOf(impl).toEqualTypeOf<OperationServiceImpl<typeof ChecksumServiceOperations>>();
router.service(ChecksumServiceOperations, impl);
router.service(ChecksumService, impl);
router.service(empty, implement(empty, { checksumTree: async () => {} }));
// @ts-expect-error: the implementation of another service.
router.service(loose, { ...impl, listAlgorithms: 5 });
operations.routes(router);

/* A service that was described at run time is loosely typed */

implement(resolveOperations(ChecksumService, registry), {
  async checksumTree(request, operation) {
    expectTypeOf(request).toEqualTypeOf<ChecksumTreeRequest>();
    expectTypeOf(operation.metadata).toEqualTypeOf<Message | undefined>();
    operation.report({ filesDone: 1n });
    return { treeDigest: "abc" };
  },
  listAlgorithms: () => ({ algorithms: [] }),
});

/* Options */

createOperations({
  store: memoryStore(),
  concurrency: 1,
  onError: (_, { source, operation }) => {
    expectTypeOf(source).toEqualTypeOf<"handler" | "store">();
    expectTypeOf(operation).toEqualTypeOf<string | undefined>();
  },
});
// @ts-expect-error: the operations have to be kept somewhere.
createOperations({});
// @ts-expect-error: there is no such option.
createOperations({ store: memoryStore(), lease: 30 });
// @ts-expect-error: milliseconds are numbers.
createOperations({ store: memoryStore(), leaseMs: "30s" });
expectTypeOf(operations.close({ drainMs: 0 })).toEqualTypeOf<Promise<void>>();
expectTypeOf(operations[Symbol.asyncDispose]).returns.toEqualTypeOf<PromiseLike<void>>();

/* Nothing public is any */

expectTypeOf<AnyKeys<typeof server>>().toBeNever();
expectTypeOf<AnyKeys<server.Operations>>().toBeNever();
expectTypeOf<AnyKeys<server.OperationsOptions>>().toBeNever();
expectTypeOf<AnyKeys<server.ErrorContext>>().toBeNever();
expectTypeOf<AnyKeys<server.OperationStore>>().toBeNever();
expectTypeOf<AnyKeys<server.OperationClaim>>().toBeNever();
expectTypeOf<AnyKeys<server.LeasedWrite>>().toBeNever();
expectTypeOf<AnyKeys<OperationContext<Message>>>().toBeNever();
expectTypeOf<AnyKeys<Handlers>>().toBeNever();
expectTypeOf<AnyKeys<typeof impl>>().toBeNever();
