// SPDX-License-Identifier: Apache-2.0

import {
  createDefaultBackoffSettings,
  LongrunningDescriptor,
  type OperationsClient,
  operation,
  operationsProtos,
} from "google-gax";
import type { SimulatedOperation, WaitForEnd } from "./simulated-operation.ts";

const { Operation } = operationsProtos.google.longrunning;

/** What Google's clients do, with the delays that they have by default. */
export function googleGaxWaiter(): WaitForEnd {
  const operations = new Map<string, SimulatedOperation>();
  // Of all that a client offers, this is what polling calls.
  const client = {
    async getOperationInternal({ name }: { readonly name: string }) {
      const done = operations.get(name)?.look();
      return [Operation.create({ name, ...(done && { done, response: {} }) })];
    },
  } as unknown as OperationsClient;
  const decode = () => ({}) as ReturnType<LongrunningDescriptor["responseDecoder"]>;
  const descriptor = new LongrunningDescriptor(client, decode, decode);
  return (simulated) => {
    const { name } = simulated;
    operations.set(name, simulated);
    return operation(
      Operation.create({ name }),
      descriptor,
      createDefaultBackoffSettings(),
    ).promise();
  };
}
