// SPDX-License-Identifier: Apache-2.0

import type { ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

// Whoever asks for more is asked again in between.
const longestMs = 60_000;

/**
 * How long a server asks to be left alone, in milliseconds up to a minute: by a RetryInfo, or by HTTP's
 * Retry-After.
 */
export function retryHintMs(error: ConnectError): number | undefined {
  for (const { retryDelay } of error.findDetails(RetryInfoSchema)) {
    if (retryDelay !== undefined) {
      return bounded(Number(retryDelay.seconds) * 1000 + retryDelay.nanos / 1e6);
    }
  }
  const header = error.metadata.get("retry-after");
  return header !== null && /^\d+$/.test(header) ? bounded(Number(header) * 1000) : undefined;
}

function bounded(ms: number): number | undefined {
  return ms >= 0 ? Math.min(ms, longestMs) : undefined;
}
