// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { packAny, running } from "longrunning";
import { createOperationClient } from "longrunning/client";
import {
  type Operation,
  Operations as OperationsApi,
} from "longrunning/google/longrunning/operations_pb.js";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { ChecksumTreeMetadataSchema } from "../../examples/checksum/gen/checksum/v1/checksum_pb.ts";
import { collectGarbage } from "../harness/meter.ts";
import { progress } from "../workload/messages.ts";

/**
 * What waits: calls of WaitOperation with nothing but a request; the same with what a careful caller
 * gives each of them, a deadline, a signal and a header; or handles.
 */
export type Waiting = "bare calls" | "calls" | "handles";

export interface WaitingOptions {
  readonly waiting: Waiting;
  readonly protocol: "grpc" | "connect";
  readonly port: number;
  readonly count: number;
  readonly connections: number;
}

// What a handle asks for.
const windowMs = 30_000;
const deadlineMs = 40_000;

/** A process that waits for operations, each of them another. */
export async function open(options: WaitingOptions): Promise<{
  /** Begins to wait. */
  begin(): Promise<void>;
  /** What each of those who wait takes, in bytes. */
  heap(): Promise<number>;
  /** Waits until all have ended. */
  finish(): Promise<void>;
}> {
  const { waiting, count, connections } = options;
  const waiters = Array.from({ length: connections }, () =>
    waiterOf(waiting, transportOf(options)),
  );
  let operations: readonly Operation[] = [];
  let pending: readonly Promise<unknown>[] = [];
  let beforeBytes = 0;
  return {
    async begin() {
      // What a caller was told when it started them does not count, and is there until the end.
      operations = Array.from({ length: count }, (_, i) =>
        running({
          name: `operations/${String(i).padStart(26, "a")}`,
          metadata: packAny(ChecksumTreeMetadataSchema, progress(i)),
        }),
      );
      beforeBytes = await heapBytes();
      pending = waiters.flatMap((wait, first) =>
        operations.filter((_, i) => i % connections === first).map(wait),
      );
    },
    heap: async () => ((await heapBytes()) - beforeBytes) / operations.length,
    async finish() {
      await Promise.all(pending);
      pending = [];
      operations = [];
    },
  };
}

function waiterOf(
  waiting: Waiting,
  transport: Transport,
): (operation: Operation) => Promise<unknown> {
  const { checksumTree } = createOperationClient(ChecksumServiceOperations, transport);
  const calls = createClient(OperationsApi, transport);
  switch (waiting) {
    case "handles":
      return (operation) => checksumTree.resume(operation).result();
    case "bare calls":
      return ({ name }) => calls.waitOperation({ name });
    case "calls":
      return ({ name }) =>
        calls.waitOperation(
          { name, timeout: durationFromMs(windowMs) },
          {
            timeoutMs: deadlineMs,
            signal: new AbortController().signal,
            headers: { "x-goog-request-params": `name=${encodeURIComponent(name)}` },
          },
        );
  }
}

// A transport has one connection.
function transportOf({ protocol, port }: WaitingOptions): Transport {
  const options = {
    baseUrl: `http://127.0.0.1:${port}`,
    nodeOptions: { maxSessionMemory: 1_000 },
  };
  return protocol === "grpc"
    ? createGrpcTransport(options)
    : createConnectTransport({ ...options, httpVersion: "2", useBinaryFormat: true });
}

// What is on its way to being garbage gets the time to become it.
async function heapBytes(): Promise<number> {
  await sleep(50);
  collectGarbage();
  await sleep(50);
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
