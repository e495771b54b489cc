// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Code, ConnectError } from "@connectrpc/connect";
import { markUnread } from "../unread-any.ts";
import type { Binding } from "./binding.ts";
import { isRaw } from "./encode-response.ts";
import { keepAnys } from "./held-any.ts";
import { createHttpBody } from "./http-body.ts";
import { isJson } from "./media-type.ts";
import { lenientRegistry } from "./registry-with.ts";

export interface DecodeResponseOptions {
  readonly registry: Registry;
}

/**
 * Reads the body of a response. Fields that the message does not have are ignored, and an Any of a
 * type that is not registered keeps its type URL, with an empty value.
 *
 * @throws ConnectError UNKNOWN if it is not in JSON, INTERNAL if it does not fit the method.
 */
export function decodeResponse(
  binding: Binding,
  response: { readonly contentType: string | null; readonly body: Uint8Array },
  options: DecodeResponseOptions,
): Message {
  const { contentType, body } = response;
  if (isRaw(binding)) {
    return decodeRaw(binding, { contentType, data: body });
  }
  if (body.length === 0) {
    return create(binding.method.output);
  }
  checkContentType(contentType);
  return decodeJson(binding, parseJson(new TextDecoder().decode(body)), options);
}

export function decodeRaw(
  { method, responseBody }: Binding,
  { contentType, data }: { readonly contentType: string | null; readonly data: Uint8Array },
): Message {
  const body = createHttpBody(contentType, data);
  if (responseBody === undefined) {
    return body;
  }
  const message = reflect(method.output);
  message.set(responseBody, reflect(responseBody.message as DescMessage, body));
  return message.message;
}

/** @throws ConnectError */
export function checkContentType(contentType: string | null): void {
  if (contentType && !isJson(contentType)) {
    const type = JSON.stringify(contentType.slice(0, 100));
    throw new ConnectError(`the response is ${type}, not application/json`, Code.Unknown);
  }
}

/** @throws ConnectError */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** @throws ConnectError */
export function decodeJson(
  { method, responseBody }: Binding,
  json: JsonValue,
  { registry }: DecodeResponseOptions,
): Message {
  try {
    const message = fromJson(
      method.output,
      responseBody === undefined ? json : { [responseBody.jsonName]: json },
      { registry: lenientRegistry(registry), ignoreUnknownFields: true },
    );
    markUnreadAnys(reflect(method.output, message), registry);
    return message;
  } catch (cause) {
    throw unreadable(cause);
  }
}

function markUnreadAnys(message: ReflectMessage, registry: Registry): void {
  keepAnys(message, (any) => {
    const { typeUrl } = any;
    if (registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1)) === undefined) {
      markUnread(any);
    }
    return true;
  });
}

function unreadable(cause: unknown): ConnectError {
  const problem = cause instanceof Error ? cause.message.slice(0, 500) : String(cause);
  return new ConnectError(
    `the response cannot be read: ${problem}`,
    Code.Internal,
    undefined,
    undefined,
    cause,
  );
}
