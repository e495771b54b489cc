// SPDX-License-Identifier: Apache-2.0

import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  type Operation,
  Operations as OperationsApi,
} from "longrunning/google/longrunning/operations_pb.js";

/** Which server is called, over how many connections. */
export interface WaitClientOptions {
  readonly port: number;
  readonly connections: number;
}

/** A client that waits for one operation with many calls. */
export async function open({ port, connections }: WaitClientOptions): Promise<{
  /** Makes the calls, and does not wait for their answers. */
  begin(calls: { readonly name: string; readonly count: number }): Promise<void>;
  /** When the last call was answered, on the machine's clock. */
  answeredMs(): Promise<number>;
}> {
  const clients = Array.from({ length: connections }, () => connect(port));
  let answers: Promise<readonly Operation[]> = Promise.resolve([]);
  return {
    async begin({ name, count }) {
      const perClient = Array.from({ length: count / connections });
      answers = Promise.all(
        clients.flatMap((client) => perClient.map(() => client.waitOperation({ name }))),
      );
    },
    async answeredMs() {
      const operations = await answers;
      const nowMs = Number(process.hrtime.bigint()) / 1e6;
      if (operations.some(({ done }) => !done)) {
        throw new Error("A Wait was answered before the end");
      }
      return nowMs;
    },
  };
}

// A transport has one connection.
function connect(port: number): Client<typeof OperationsApi> {
  return createClient(
    OperationsApi,
    createGrpcTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      nodeOptions: { maxSessionMemory: 1_000 },
    }),
  );
}
