// SPDX-License-Identifier: Apache-2.0

import type { Registry } from "@bufbuild/protobuf";
import type { RuleOptions } from "./rules.ts";
import { missAnswer, type RestAnswer } from "./server-answer.ts";
import { type AnswerOptions, answerCall, type RestHttpRequest } from "./server-call.ts";
import { createRouting, type FoundRoute, type ServedMethod } from "./server-routing.ts";

/** Serves methods over REST, whatever brings the requests. */
export interface RestServer {
  /** Finds what a request leads to; `target` is a path and perhaps a query, as it was sent. */
  find(httpMethod: string, target: string): FoundRoute;
  /** Answers a request, whatever was found. It never rejects. */
  answer(found: FoundRoute, request: RestHttpRequest): Promise<RestAnswer>;
}

/** Options of `createRestServer`. */
export interface RestServerOptions extends RuleOptions, Partial<AnswerOptions> {
  readonly methods: readonly ServedMethod[];
  /** For errors where no method is found. */
  readonly registry: Registry;
  /** What comes before the paths of rules, such as `/api`. Default: nothing. */
  readonly requestPathPrefix?: string | undefined;
}

/** @throws Error that lists all that is wrong with the rules of these methods. */
export function createRestServer(options: RestServerOptions): RestServer {
  const { methods, registry, requestPathPrefix: prefix = "" } = options;
  const { ignoreUnknownQuery = false, onOmit } = options;
  const find = createRouting(methods, options);
  return {
    find: (httpMethod, target) =>
      target.startsWith(prefix)
        ? find(httpMethod, target.slice(prefix.length))
        : { kind: "notFound", query: "" },
    answer: async (found, request) =>
      found.kind === "found"
        ? answerCall(found, { request, ignoreUnknownQuery, onOmit })
        : missAnswer(found, registry),
  };
}
