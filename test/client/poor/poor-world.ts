// SPDX-License-Identifier: Apache-2.0

import type { Interceptor } from "@connectrpc/connect";
import { ChecksumServiceOperations } from "../../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import type {
  ChecksumTreeMetadata,
  ChecksumTreeResponse,
} from "../../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { createOperationClient, type OperationHandle } from "../../../src/client/index.ts";
import { operationRegistry } from "../../../src/index.ts";
import { type OpenTransport, type TransportKind, transportKinds } from "../transports.ts";
import { type PoorFront, poorFront } from "./poor-front.ts";
import { operationName, type PoorOperations, poorOperations } from "./poor-operations.ts";
import { type VirtualTime, virtualTime } from "./virtual-time.ts";

/** A call as the client made it, whether or not it arrived. */
export interface MadeCall {
  readonly kind: "start" | "wait" | "get" | "cancel" | "delete" | "list";
  readonly atMs: number;
}

export type ChecksumHandle = OperationHandle<ChecksumTreeResponse, ChecksumTreeMetadata>;

/** A poor server, and a client of it. */
export interface PoorWorld extends AsyncDisposable {
  readonly time: VirtualTime;
  readonly operations: PoorOperations;
  readonly front: PoorFront;
  readonly calls: readonly MadeCall[];
  readonly opened: OpenTransport;
  /** How many calls of a kind were made, from some moment on. */
  count(kind: MadeCall["kind"], sinceMs?: number): number;
  /** The operation, just started. */
  start(): Promise<ChecksumHandle>;
  /** The operation, of which nothing is known. */
  resume(): ChecksumHandle;
}

export async function poorWorld(kind: TransportKind): Promise<PoorWorld> {
  const time = virtualTime();
  const operations = poorOperations(time);
  const front = poorFront(time);
  const calls: MadeCall[] = [];
  const watched: Interceptor = (next) => (request) => {
    calls.push({ kind: kindOf(request.method.name), atMs: time.nowMs });
    return time.call(() => next(request));
  };
  const opened = await kind.open(operations.routes, {
    wrap: front.wrap,
    registry: operationRegistry(ChecksumServiceOperations),
    interceptors: [watched],
  });
  const client = createOperationClient(ChecksumServiceOperations, opened.transport, {
    clock: time.clock,
  });
  return {
    time,
    operations,
    front,
    calls,
    opened,
    count: (kind, sinceMs = 0) =>
      calls.filter((call) => call.kind === kind && call.atMs >= sinceMs).length,
    start: () => client.checksumTree({ root: "." }),
    resume: () => client.checksumTree.resume(operationName),
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

function kindOf(method: string): MadeCall["kind"] {
  switch (method) {
    case "WaitOperation":
      return "wait";
    case "GetOperation":
      return "get";
    case "CancelOperation":
      return "cancel";
    case "DeleteOperation":
      return "delete";
    case "ListOperations":
      return "list";
    default:
      return "start";
  }
}

/** Those that can break below RPC. */
export const socketKinds: readonly TransportKind[] = transportKinds.filter(
  ({ hasSocket }) => hasSocket,
);

export const http2Kinds: readonly TransportKind[] = transportKinds.filter(({ name }) =>
  ["Connect, HTTP/2", "gRPC"].includes(name),
);
