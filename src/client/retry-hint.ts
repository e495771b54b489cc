// SPDX-License-Identifier: Apache-2.0

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { DurationSchema, durationMs } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";

// Whoever asks for more is asked again in between.
const longestMs = 60_000;

/**
 * How long a server asks to be left alone, in milliseconds up to a minute: by a RetryInfo, or by HTTP's
 * Retry-After.
 */
export function retryHintMs({ details, metadata }: ConnectError): number | undefined {
  for (const detail of details) {
    if ("type" in detail && detail.type === "google.rpc.RetryInfo") {
      return bounded(readRetryDelayMs(detail.value));
    }
  }
  const header = metadata.get("retry-after");
  return header !== null && /^\d+$/.test(header) ? bounded(Number(header) * 1000) : undefined;
}

// By hand, so that pages do not load the types of all error details for a single field.
function readRetryDelayMs(retryInfo: Uint8Array): number | undefined {
  try {
    const reader = new BinaryReader(retryInfo);
    const [field] = reader.tag();
    return field === 1 ? durationMs(fromBinary(DurationSchema, reader.bytes())) : undefined;
  } catch {
    return undefined;
  }
}

function bounded(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 ? Math.min(ms, longestMs) : undefined;
}
