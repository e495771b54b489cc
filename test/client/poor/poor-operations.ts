// SPDX-License-Identifier: Apache-2.0

import { create, createRegistry } from "@bufbuild/protobuf";
import {
  type Any,
  AnySchema,
  durationMs,
  EmptySchema,
  SourceContextSchema,
} from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import {
  ChecksumTreeMetadataSchema,
  ChecksumTreeResponseSchema,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import {
  type ListOperationsResponse,
  ListOperationsResponseSchema,
  type Operation,
  OperationSchema,
  Operations,
} from "../../../gen/google/longrunning/operations_pb.ts";
import { packAny, running, succeeded } from "../../../src/index.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A call as it arrived. */
export interface Call {
  /** How many of this method there have been, this one counted in. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** Of a wait: how long it may last. */
  readonly windowMs: number;
  readonly pageToken: string;
}

/** What is answered in place of what a good server would. */
export type PoorAnswer<Answer> = (
  call: Call,
  good: () => Promise<Answer>,
) => Answer | Promise<Answer>;

/** How a server is poor. What is not said here it does well. */
export interface Poorness {
  start?: PoorAnswer<Operation> | undefined;
  get?: PoorAnswer<Operation> | undefined;
  wait?: PoorAnswer<Operation> | undefined;
  cancel?: PoorAnswer<undefined> | undefined;
  delete?: PoorAnswer<undefined> | undefined;
  list?: PoorAnswer<ListOperationsResponse> | undefined;
}

/** A server of one operation. */
export interface PoorOperations {
  readonly poorness: Poorness;
  /** The operation as it is. */
  state: Operation;
  readonly routes: (router: ConnectRouter) => void;
  /** The operation succeeds, and whoever waits is told. */
  finish(): void;
}

export const operationName = "operations/poor";

/** The operation, going on. */
export function goingOn(filesDone?: bigint): Operation {
  return running({
    name: operationName,
    ...(filesDone !== undefined && { metadata: progressAny(filesDone) }),
  });
}

export function progressAny(filesDone: bigint): Any {
  return packAny(ChecksumTreeMetadataSchema, { filesDone });
}

/** The operation, done well. */
export function succeededWell(): Operation {
  return succeeded({
    name: operationName,
    response: packAny(ChecksumTreeResponseSchema, { treeDigest: "abc" }),
  });
}

/** The operation, done with whatever is in its response. */
export function doneWith(response?: Any): Operation {
  return create(OperationSchema, {
    name: operationName,
    done: true,
    ...(response && { result: { case: "response", value: response } }),
  });
}

/** Of a type that this server knows, and no client of it. */
export const unknownAny: Any = packAny(SourceContextSchema, { fileName: "x.proto" });

/** No message can be read from this. */
export const malformedAny: Any = create(AnySchema, {
  typeUrl: `type.googleapis.com/${ChecksumTreeResponseSchema.typeName}`,
  value: new Uint8Array([0x0a, 0xff]),
});

export function poorOperations(time: VirtualTime): PoorOperations {
  const poorness: Poorness = {};
  const counts = new Map<keyof Poorness, number>();
  const waiting = new Set<AbortController>();

  function answer<Answer>(
    method: keyof Poorness,
    {
      poor = (_call, good) => good(),
      good,
      ...call
    }: {
      readonly poor: PoorAnswer<Answer> | undefined;
      readonly good: () => Promise<Answer>;
    } & Pick<Call, "signal"> &
      Partial<Call>,
  ): Answer | Promise<Answer> {
    const number = (counts.get(method) ?? 0) + 1;
    counts.set(method, number);
    return poor({ windowMs: 0, pageToken: "", ...call, number }, good);
  }

  async function waitWell(windowMs: number, signal: AbortSignal): Promise<Operation> {
    if (!operations.state.done) {
      const ended = new AbortController();
      waiting.add(ended);
      await time.hold(windowMs, AbortSignal.any([signal, ended.signal]));
      waiting.delete(ended);
    }
    return operations.state;
  }

  const operations: PoorOperations = {
    poorness,
    state: goingOn(),
    finish() {
      operations.state = succeededWell();
      for (const ended of waiting) {
        ended.abort();
      }
    },
    routes(router) {
      router.service(
        Operations,
        {
          getOperation: (_request, { signal }) =>
            answer("get", { signal, poor: poorness.get, good: async () => operations.state }),
          waitOperation({ timeout }, { signal }) {
            const windowMs = timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout);
            const good = () => waitWell(windowMs, signal);
            return answer("wait", { signal, windowMs, poor: poorness.wait, good });
          },
          async cancelOperation(_request, { signal }) {
            const good = async () => undefined;
            await answer("cancel", { signal, poor: poorness.cancel, good });
            return create(EmptySchema);
          },
          async deleteOperation(_request, { signal }) {
            const good = async () => undefined;
            await answer("delete", { signal, poor: poorness.delete, good });
            return create(EmptySchema);
          },
          listOperations({ pageToken }, { signal }) {
            const good = async () =>
              create(ListOperationsResponseSchema, { operations: [operations.state] });
            return answer("list", { signal, pageToken, poor: poorness.list, good });
          },
        },
        { jsonOptions: { registry: createRegistry(SourceContextSchema) } },
      );
      router.service(ChecksumServiceOperations, {
        checksumTree: (_request, { signal }) =>
          answer("start", { signal, poor: poorness.start, good: async () => operations.state }),
      });
    },
  };
  return operations;
}
