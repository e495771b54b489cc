// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@bufbuild/protobuf";
import type { OperationResult } from "../store.ts";
import type { Attempt } from "./attempt.ts";
import { sinceUs } from "./conclusion.ts";
import {
  type ResultLimits,
  responseResult,
  thrownResult,
  unreadableRequestResult,
} from "./ending.ts";
import { mappedResult } from "./error-mapping.ts";
import { operationContext } from "./operation-context.ts";

/** How a handler has ended. */
export interface HandlerEnd {
  readonly result: OperationResult;
  /** Whether it stands even after a cancel request. */
  readonly stands: boolean;
}

/** Runs an attempt's handler; undefined if it was stopped before it had an end. */
export async function invokeHandler(attempt: Attempt): Promise<HandlerEnd | undefined> {
  const { claim, method, host, progress } = attempt;
  let request: Message;
  try {
    request = method.request.read(claim.request);
  } catch (error) {
    host.onError(error, "store", claim.name);
    return { result: unreadableRequestResult(method.domain), stands: false };
  }
  tellAttempted(attempt);
  let response: Awaited<ReturnType<typeof method.run>>;
  try {
    response = await method.run(request, operationContext(attempt));
  } catch (error) {
    // To be stopped outranks what was thrown. Whether it was stopped because it was cancelled, the
    // store knows best.
    if (attempt.stopReason !== undefined) {
      return undefined;
    }
    const result = await mappedResult(error, {
      mapError: host.mapError,
      context: { operation: claim.name, method: method.key },
      domain: method.domain,
      limits: limitsOf(attempt),
    });
    return { result, stands: false };
  }
  try {
    const metadataBytes = (progress.latest ?? claim.metadata)?.value.length ?? 0;
    const { maxOperationBytes } = host.limits;
    const result = responseResult(response, method, { maxOperationBytes, metadataBytes });
    return { result, stands: true };
  } catch (error) {
    return { result: thrownResult(error, method.domain, limitsOf(attempt)), stands: false };
  }
}

function tellAttempted(attempt: Attempt): void {
  const { claim, method, host } = attempt;
  attempt.beganMs = host.clock.monotonic();
  host.onEvent?.({
    kind: "attempted",
    name: claim.name,
    method: method.key,
    attempt: claim.attempt,
    ...(claim.attempt === 1 && { queuedMs: sinceUs(claim.createTimeUs, host.clock) }),
  });
}

function limitsOf({ claim, host }: Attempt): ResultLimits {
  return {
    ...host.limits,
    onError: (error) => host.onError(error, "handler", claim.name),
  };
}
