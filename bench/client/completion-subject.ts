// SPDX-License-Identifier: Apache-2.0

import { startMeter } from "../harness/meter.ts";
import type { CallOnce } from "./call-once.ts";
import { type ConnectCaller, connectCaller } from "./connect-caller.ts";

/** A client, and where the server is. */
export interface CallerOptions {
  readonly caller: ConnectCaller | "google-gax" | "core-lro";
  readonly port: number;
}

/** What a round of calls came to. */
export interface CallsMade {
  /** Milliseconds from each handler's return until its caller had the response. */
  readonly delaysMs: readonly number[];
  readonly cpuUs: number;
}

/** A process of one client's. */
export async function open(options: CallerOptions): Promise<{
  /** Starts so many operations at once, and waits until all of them have ended. */
  call(count: number): Promise<CallsMade>;
}> {
  const callOnce = await callerOf(options);

  async function delayMs(): Promise<number> {
    const endedNs = await callOnce();
    const nowNs = process.hrtime.bigint();
    if (!endedNs) {
      throw new Error("An operation ended without a response");
    }
    // The clock is that of the machine, the same in every process.
    return Number(nowNs - BigInt(endedNs)) / 1e6;
  }

  return {
    async call(count) {
      const stop = startMeter();
      const delaysMs = await Promise.all(Array.from({ length: count }, delayMs));
      return { delaysMs, cpuUs: stop().cpuUs };
    },
  };
}

// No process loads the others' libraries.
async function callerOf({ caller, port }: CallerOptions): Promise<CallOnce> {
  const baseUrl = `http://127.0.0.1:${port}`;
  switch (caller) {
    case "google-gax":
      return (await import("./google-gax-caller.ts")).googleGaxCaller(port);
    case "core-lro":
      return (await import("./core-lro-caller.ts")).coreLroCaller(baseUrl);
    default:
      return connectCaller(baseUrl, caller);
  }
}
