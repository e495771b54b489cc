// SPDX-License-Identifier: Apache-2.0

import type { Message, Registry } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Binding } from "./binding.ts";
import { decodeBody } from "./body.ts";
import { makeHolder, printFieldPath } from "./field-path.ts";
import { decodeQuery } from "./query-binding.ts";
import { requestProblem } from "./request-problem.ts";
import { readText, textFieldOf } from "./text-value.ts";

export { type EncodedRequest, encodeRequest } from "./encode-request.ts";

/** What of an HTTP request becomes the message. */
export interface RestRequest {
  /** The values of the template's variables, as the router gives them. */
  readonly variables: readonly string[];
  /** As in the URL: percent-encoded, without its question mark. */
  readonly query: string;
  /** The header of that name. */
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

export interface DecodeRequestOptions {
  /** Types that may stand in a `google.protobuf.Any`. */
  readonly registry?: Registry;
  /** Whether query parameters that name no field are ignored. Default: false, they are refused. */
  readonly ignoreUnknownParameters?: boolean;
}

/**
 * Reads a request as its binding says. The path comes before the body, and neither is overridden by
 * the query.
 *
 * @throws ConnectError INVALID_ARGUMENT; with HTTP status 415 where the content type is at fault.
 */
export function decodeRequest(
  binding: Binding,
  request: RestRequest,
  options: DecodeRequestOptions = {},
): Message {
  const body = decodeBody(binding, request, options.registry);
  const message = reflect(binding.method.input, body);
  setVariables(message, { binding, values: request.variables });
  if (request.query !== "") {
    const ignoreUnknown = options.ignoreUnknownParameters === true;
    decodeQuery(request.query, { binding, message, ignoreUnknown });
  }
  return body;
}

function setVariables(
  message: ReflectMessage,
  { binding, values }: { readonly binding: Binding; readonly values: readonly string[] },
): void {
  for (const [index, path] of binding.variables.entries()) {
    const last = path.at(-1);
    const field = last === undefined ? undefined : textFieldOf(last);
    if (field !== undefined) {
      try {
        makeHolder(message, path).set(field, readText(field, values[index] ?? ""));
      } catch (cause) {
        throw requestProblem(printFieldPath(path), cause);
      }
    }
  }
}
