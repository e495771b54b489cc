// SPDX-License-Identifier: Apache-2.0

import { encode } from "./encode.ts";
import type { Format } from "./format.ts";

/** A `pluginrpc.v1.Spec` of procedures by their paths. */
export function encodeSpec(paths: readonly string[], format: Format): Uint8Array | string {
  if (format === "json") {
    return JSON.stringify({ procedures: paths.map((path) => ({ path })) });
  }
  return encode(paths.map((path) => [1, encode([[1, path]])]));
}
