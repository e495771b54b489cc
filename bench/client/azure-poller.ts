// SPDX-License-Identifier: Apache-2.0

import { createHttpPoller, type OperationResponse } from "@azure/core-lro";

/** What REST answers with, as far as it matters here. */
export interface OperationJson {
  readonly name: string;
  readonly done?: boolean;
  readonly error?: { readonly code: number; readonly message: string };
  readonly response?: unknown;
}

/** The two calls that it takes. */
export interface OperationCalls {
  start(): Promise<OperationJson>;
  get(name: string): Promise<OperationJson>;
}

/**
 * Starts an operation and waits for its end by Azure's poller, with the interval that it has by
 * default. What it wants to be told in other words than Google's, it is told.
 */
export function pollUntilDone({ start, get }: OperationCalls): Promise<OperationJson> {
  const poller = createHttpPoller<OperationJson, { status: "running" }>({
    sendInitialRequest: async () => azureResponse("POST", await start()),
    sendPollRequest: async (name) => azureResponse("GET", await get(name)),
  });
  return poller.pollUntilDone();
}

function azureResponse(
  method: "GET" | "POST",
  operation: OperationJson,
): OperationResponse<OperationJson> {
  return {
    flatResponse: operation,
    rawResponse: {
      statusCode: method === "POST" ? 202 : 200,
      request: { method, url: operation.name },
      headers: { "operation-location": operation.name },
      body: { ...operation, status: statusOf(operation) },
    },
  };
}

function statusOf({ done, error }: OperationJson): string {
  if (done !== true) {
    return "Running";
  }
  return error === undefined ? "Succeeded" : "Failed";
}
