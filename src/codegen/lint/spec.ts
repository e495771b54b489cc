// SPDX-License-Identifier: Apache-2.0

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Format } from "./format.ts";

/**
 * A `pluginrpc.v1.Spec` of procedures by their paths. It is put together here, because loading the
 * schemas takes many times longer.
 */
export function encodeSpec(paths: readonly string[], format: Format): Uint8Array | string {
  if (format === "json") {
    return JSON.stringify({ procedures: paths.map((path) => ({ path })) });
  }
  const writer = new BinaryWriter();
  for (const path of paths) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(path);
    writer.join();
  }
  return writer.finish();
}
