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
  // Digits are seconds; anything else would be a date, by whichever clock.
  let hintMs = Number(/^\d+$/.exec(metadata.get("retry-after") ?? "")?.[0]) * 1000;
  for (const detail of details) {
    if ("type" in detail && detail.type === "google.rpc.RetryInfo") {
      hintMs = readRetryInfo(detail.value);
    }
  }
  return hintMs >= 0 ? Math.min(hintMs, longestMs) : undefined;
}

// Its delay in milliseconds. By hand, so that pages do not load the types of all error details for a single field.
function readRetryInfo(retryInfo: Uint8Array): number {
  try {
    const reader = new BinaryReader(retryInfo);
    const [field] = reader.tag();
    return field === 1 ? durationMs(fromBinary(DurationSchema, reader.bytes())) : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
