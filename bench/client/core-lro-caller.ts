// SPDX-License-Identifier: Apache-2.0

import { createHttpPoller, type OperationResponse } from "@azure/core-lro";
import { type CallOnce, requests } from "./call-once.ts";

/** What REST answers with, as far as it matters here. */
interface OperationJson {
  readonly name: string;
  readonly done?: boolean;
  readonly error?: { readonly code: number; readonly message: string };
  readonly response?: {
    readonly responses?: readonly {
      readonly outputConfig: { readonly gcsDestination: { readonly uri: string } };
    }[];
  };
}

/**
 * Azure's poller over REST, by `fetch`, with the interval that it has by default. What it wants to be
 * told of an operation in other words than Google's, it is told.
 */
export function coreLroCaller(baseUrl: string): CallOnce {
  async function send(method: "GET" | "POST", url: string, body?: unknown) {
    const answer = await fetch(url, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    return azureAnswer({ method, url, baseUrl }, (await answer.json()) as OperationJson);
  }

  return async () => {
    const poller = createHttpPoller<OperationJson, { status: "running" }>({
      sendInitialRequest: () =>
        send("POST", `${baseUrl}/v1/files:asyncBatchAnnotate`, { requests }),
      sendPollRequest: (url) => send("GET", url),
    });
    const { response } = await poller.pollUntilDone();
    return response?.responses?.[0]?.outputConfig.gcsDestination.uri;
  };
}

function azureAnswer(
  {
    method,
    url,
    baseUrl,
  }: { readonly method: string; readonly url: string; readonly baseUrl: string },
  operation: OperationJson,
): OperationResponse<OperationJson> {
  return {
    flatResponse: operation,
    rawResponse: {
      statusCode: method === "POST" ? 202 : 200,
      request: { method, url },
      headers: { "operation-location": `${baseUrl}/v1/${operation.name}` },
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
