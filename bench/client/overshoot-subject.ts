// SPDX-License-Identifier: Apache-2.0

import type { Sample } from "../harness/benchmark.ts";
import { quantile } from "../harness/statistics.ts";
import { overshootOf, type WaitForEnd } from "./simulated-operation.ts";
import { inVirtualTime } from "./virtual-time.ts";

/** Who waits for operations, and how long those take. */
export interface OvershootOptions {
  readonly client: "longrunning" | "google-gax" | "core-lro";
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** A client that waits in virtual time for operations of a server without WaitOperation. */
export async function open({ client, ...operations }: OvershootOptions): Promise<{
  round(): Promise<Sample>;
}> {
  const waitForEnd = await waiterOf(client);
  return {
    async round() {
      const { lateMs, calls } = await inVirtualTime(() => overshootOf(waitForEnd, operations));
      return {
        p50: quantile(lateMs, 0.5),
        p99: quantile(lateMs, 0.99),
        polls: calls / operations.count,
      };
    },
  };
}

// No process loads the others' libraries.
async function waiterOf(client: OvershootOptions["client"]): Promise<WaitForEnd> {
  switch (client) {
    case "longrunning":
      return (await import("./longrunning-waiter.ts")).longrunningWaiter();
    case "google-gax":
      return (await import("./google-gax-waiter.ts")).googleGaxWaiter();
    case "core-lro":
      return (await import("./core-lro-waiter.ts")).coreLroWaiter();
  }
}
