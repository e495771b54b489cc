// SPDX-License-Identifier: Apache-2.0

import {
  type Client,
  createClient,
  createRouterTransport,
  type Transport,
} from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumService,
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { Operations as OperationsApi } from "../../gen/google/longrunning/operations_pb.ts";
import { type OperationOutcome, outcomeOf } from "../../src/index.ts";
import {
  createOperations,
  type ErrorContext,
  type OperationContext,
  type OperationHandlers,
  type Operations,
  type OperationsOptions,
} from "../../src/server/index.ts";
import type { SteppedClock } from "./stepped-clock.ts";

const { operations: types } = ChecksumServiceOperations;

export type Handlers = OperationHandlers<typeof ChecksumServiceOperations>;
export type TreeHandler = NonNullable<Handlers["checksumTree"]>;
export type TreeContext = OperationContext<ChecksumTreeMetadata>;
export type TreeOutcome = OperationOutcome<ChecksumTreeResponse, ChecksumTreeMetadata>;

/** A process that serves the checksum service over a store, with clients of its own. */
export interface Replica extends AsyncDisposable {
  readonly operations: Operations;
  readonly transport: Transport;
  readonly checksum: Client<typeof ChecksumService>;
  readonly api: Client<typeof OperationsApi>;
  /** What `onError` was told. */
  readonly errors: { readonly error: unknown; readonly context: ErrorContext }[];
  /** Starts an operation; its name. */
  start(root?: string): Promise<string>;
  outcome(name: string): Promise<TreeOutcome>;
}

export interface ReplicaOptions extends OperationsOptions {
  readonly clock: SteppedClock;
  /** Default: true. */
  readonly work?: boolean;
}

/** A replica whose long-running method is `tree`. */
export function replica(tree: TreeHandler, { work = true, ...options }: ReplicaOptions): Replica {
  const errors: Replica["errors"][number][] = [];
  const operations = createOperations({
    onError: (error, context) => errors.push({ error, context }),
    ...options,
  });
  const impl = operations.implement(ChecksumServiceOperations, {
    checksumTree: tree,
    listAlgorithms: () => ({ algorithms: ["sha256"] }),
  });
  const transport = createRouterTransport((router) => {
    operations.routes(router);
    router.service(ChecksumServiceOperations, impl);
  });
  const checksum = createClient(ChecksumServiceOperations, transport);
  const api = createClient(OperationsApi, transport);
  if (work) {
    operations.work();
  }
  return {
    operations,
    transport,
    checksum,
    api,
    errors,
    start: async (root = "/") => (await checksum.checksumTree({ root })).name,
    outcome: async (name) => outcomeOf(await api.getOperation({ name }), types.checksumTree),
    async [Symbol.asyncDispose]() {
      await Promise.all([operations.close({ drainMs: 0 }), options.clock.advance(0)]);
    },
  };
}
