// SPDX-License-Identifier: Apache-2.0

import type { JsonValue, Message, Registry } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { type AnswerFormat, plainFormat } from "./answer-format.ts";
import type { Binding } from "./binding.ts";
import { asHttpBody, isHttpBody, isHttpBodyField } from "./http-body.ts";
import { lenientToJson, type OmittedAny } from "./json-value.ts";

export interface EncodeResponseOptions {
  readonly registry: Registry;
  /** Default: enums by name, without spaces. */
  readonly format?: AnswerFormat;
  /** Is told of each `google.protobuf.Any` that JSON cannot express, and that was left out. */
  readonly onOmit?: (omitted: OmittedAny) => void;
}

export interface EncodedResponse {
  /** Empty: none is to be sent. */
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export const jsonType = "application/json";

/** @throws ConnectError INTERNAL if the message cannot be written. */
export function encodeResponse(
  binding: Binding,
  message: Message,
  options: EncodeResponseOptions,
): EncodedResponse {
  const raw = rawOf(binding, message);
  return raw === undefined
    ? { contentType: jsonType, body: toBytes(encodeJson(binding, message, options)) }
    : { contentType: raw.contentType, body: bytesOf(raw.data) };
}

/** The text of a response whose body is not raw. */
export function encodeJson(
  { method, responseBody }: Binding,
  message: Message,
  { registry, format = plainFormat, onOmit }: EncodeResponseOptions,
): string {
  const { enumAsInteger } = format;
  const json = lenientToJson(reflect(method.output, message), responseBody, {
    registry,
    enumAsInteger,
    ...(onOmit === undefined ? {} : { onOmit }),
  });
  return writeJson(json, format);
}

export function writeJson(json: JsonValue, format: AnswerFormat): string {
  return format.prettyPrint ? JSON.stringify(json, null, 2) : JSON.stringify(json);
}

const encoder = new TextEncoder();

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** The bytes themselves, on what is typed as a buffer that nobody shares. */
export function bytesOf(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return data.buffer instanceof ArrayBuffer ? (data as Uint8Array<ArrayBuffer>) : data.slice();
}

/** Whether the body of a response is bytes of any content type, not JSON. */
export function isRaw({ method, responseBody }: Binding): boolean {
  return responseBody === undefined ? isHttpBody(method.output) : isHttpBodyField(responseBody);
}

/** The raw body of a response; undefined if it is in JSON. */
export function rawOf(
  binding: Binding,
  message: Message,
): { readonly contentType: string; readonly data: Uint8Array } | undefined {
  if (!isRaw(binding)) {
    return undefined;
  }
  const { method, responseBody } = binding;
  return asHttpBody(
    responseBody === undefined
      ? message
      : (reflect(method.output, message).get(responseBody) as ReflectMessage).message,
  );
}
