// SPDX-License-Identifier: Apache-2.0

import type { Message, Registry } from "@bufbuild/protobuf";
import type { Binding } from "./binding.ts";

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

/** @throws ConnectError INVALID_ARGUMENT; with HTTP status 415 where the content type is at fault. */
export function decodeRequest(
  _binding: Binding,
  _request: RestRequest,
  _options?: DecodeRequestOptions,
): Message {
  throw new Error("to come");
}

/** A request as it is sent. */
export interface EncodedRequest {
  readonly binding: Binding;
  readonly httpMethod: string;
  /** Path and query, beginning with a slash. */
  readonly target: string;
  /** Undefined: none is to be sent. */
  readonly contentType: string | undefined;
  readonly body: string | Uint8Array | undefined;
}

export interface EncodeRequestOptions {
  readonly registry?: Registry;
}

/**
 * Writes a message as the first binding that can express it says.
 *
 * @throws ConnectError INVALID_ARGUMENT that says for each binding why it cannot express the message.
 */
export function encodeRequest(
  _bindings: readonly Binding[],
  _message: Message,
  _options?: EncodeRequestOptions,
): EncodedRequest {
  throw new Error("to come");
}
