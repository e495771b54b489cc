// SPDX-License-Identifier: Apache-2.0

import { type ContextValues, createContextValues } from "@connectrpc/connect";
import { answerSentKey } from "../server/api/answer-sent.ts";
import type { NodeRequest, NodeResponse } from "./handler.ts";

/** Tells those who answer a call whether its answer has left this process. */
export interface SentAnswers {
  /** A request is about to be answered. */
  expect(request: NodeRequest, response: NodeResponse): void;
  /** The context values of its call. */
  contextValues(request: NodeRequest): ContextValues;
}

/** Adds to the values that `inner` makes, if there is any. */
export function sentAnswers(
  inner: ((request: NodeRequest) => ContextValues) | undefined,
): SentAnswers {
  const responses = new WeakMap<NodeRequest, NodeResponse>();
  return {
    expect(request, response) {
      responses.set(request, response);
    },
    contextValues(request) {
      const values = inner?.(request) ?? createContextValues();
      const response = responses.get(request);
      return response === undefined ? values : values.set(answerSentKey, () => hasLeft(response));
    },
  };
}

// That an answer was written whole, as `writableFinished` has it, means over HTTP/2 only that its
// stream has it, however little of it the client will take.
function hasLeft(response: NodeResponse): boolean {
  if ("stream" in response) {
    const { stream } = response;
    return stream === undefined || stream.closed || stream.destroyed;
  }
  return response.writableFinished || response.destroyed;
}
