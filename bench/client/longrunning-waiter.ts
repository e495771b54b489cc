// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { running } from "longrunning";
import { type WaitForOperationOptions, waitForOperation } from "longrunning/client";
import { ChecksumServiceOperations } from "../../examples/checksum/gen/checksum/v1/checksum_longrunning.ts";
import { finishedOperation } from "../workload/messages.ts";
import type { SimulatedOperation, WaitForEnd } from "./simulated-operation.ts";

type OperationsClient = Parameters<typeof waitForOperation>[0];

const clock: NonNullable<WaitForOperationOptions["clock"]> = {
  now: () => Date.now(),
  monotonic: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** What this package does, with the pace that it has by default. */
export function longrunningWaiter(): WaitForEnd {
  const operations = new Map<string, SimulatedOperation>();
  // Of all that a client offers, this is what waiting calls.
  const calls: Partial<OperationsClient> = {
    async getOperation({ name = "" }) {
      return operations.get(name)?.look() ? finishedOperation(name) : running({ name });
    },
    async waitOperation({ name = "" }) {
      operations.get(name)?.look();
      throw new ConnectError("no WaitOperation here", Code.Unimplemented);
    },
  };
  return (operation) => {
    const { name } = operation;
    operations.set(name, operation);
    const types = ChecksumServiceOperations.operations.checksumTree;
    return waitForOperation(calls as OperationsClient, running({ name }), types, { clock });
  };
}
