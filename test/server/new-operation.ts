// SPDX-License-Identifier: Apache-2.0

import type { NewOperation } from "../../src/server/store.ts";

/** A small operation, to be stored without a handler. */
export function newOperation(name: string, rest: Partial<NewOperation> = {}): NewOperation {
  return {
    name,
    method: "m",
    owner: "",
    request: new Uint8Array(),
    maxLosses: 5,
    cancelGraceMs: 0,
    retentionMs: 86_400_000,
    ...rest,
  };
}
