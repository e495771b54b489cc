// SPDX-License-Identifier: Apache-2.0

import { createHttpPoller, type OperationState, type PollerLike } from "@azure/core-lro";
import { name } from "./checksum-states.ts";

interface AzureOptions {
  readonly baseUrl: string;
  readonly restoreFrom?: string;
  /** Goes with every answer. */
  readonly retryAfter?: string;
}

/** The operation as @azure/core-lro follows it over REST, polling as often as it may. */
export function azurePoller({
  baseUrl,
  restoreFrom,
  retryAfter,
}: AzureOptions): PollerLike<OperationState<unknown>, unknown> {
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": retryAfter };
  const url = `${baseUrl}/v1/${name}`;
  const request = { method: "POST", url };
  return createHttpPoller(
    {
      async sendInitialRequest() {
        const rawResponse = {
          statusCode: 202,
          request,
          headers: { "operation-location": url },
          body: {},
        };
        return { flatResponse: {}, rawResponse };
      },
      async sendPollRequest(path, { abortSignal } = {}) {
        const response = await fetch(path, {
          signal: abortSignal instanceof AbortSignal ? abortSignal : null,
        });
        const state = (await response.json()) as { done?: boolean; error?: object };
        const ended = state.error === undefined ? "Succeeded" : "Failed";
        const body = {
          status: state.done ? ended : "Running",
          error: { code: "13", message: "no" },
        };
        return {
          flatResponse: state,
          rawResponse: { statusCode: response.status, request, headers, body },
        };
      },
    },
    { intervalInMs: 5, ...(restoreFrom !== undefined && { restoreFrom }) },
  );
}
