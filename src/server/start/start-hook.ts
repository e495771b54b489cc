// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { StartContext } from "../handlers.ts";
import type { ServedMethod } from "../method.ts";
import { responseResult } from "../run/ending.ts";
import type { OperationResult, PackedMessage } from "../store.ts";
import type { StartedInit, StartRules } from "./start-rules.ts";

/** What a method's `start` has said, packed. */
export interface Started {
  readonly metadata?: PackedMessage | undefined;
  readonly exclusive?: string | undefined;
  /** Set if the operation has ended already. */
  readonly result?: OperationResult | undefined;
}

interface StartCall {
  readonly start: StartRules["start"];
  readonly request: Message;
  readonly context: StartContext;
  readonly maxOperationBytes: number;
}

const maxExclusiveLength = 1024;

/**
 * Asks a method's `start`, if it has one.
 *
 * @throws what it throws; ConnectError if what it returns is too large; Error if that cannot be used.
 */
export async function callStart(
  method: ServedMethod,
  { start, request, context, maxOperationBytes }: StartCall,
): Promise<Started> {
  const init = (await start?.(request, context)) as StartedInit | undefined;
  if (init === undefined) {
    return {};
  }
  const { exclusive, response } = init;
  checkExclusive(exclusive);
  const metadata = init.metadata === undefined ? undefined : method.metadata.pack(init.metadata);
  const metadataBytes = metadata?.value.length ?? 0;
  const result =
    response === undefined
      ? undefined
      : responseResult(response, method, { maxOperationBytes, metadataBytes });
  return { metadata, exclusive, result };
}

function checkExclusive(key: string | undefined): void {
  if (key !== undefined && (typeof key !== "string" || key.length > maxExclusiveLength)) {
    throw new TypeError(
      `Expected \`exclusive\` to be a string of at most ${maxExclusiveLength} characters`,
    );
  }
}
