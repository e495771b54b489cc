// SPDX-License-Identifier: Apache-2.0

import type { JsonValue, Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { plainFormat } from "./answer-format.ts";
import { createArraySplitter } from "./array-splitter.ts";
import type { Binding } from "./binding.ts";
import {
  checkContentType,
  type DecodeResponseOptions,
  decodeJson,
  decodeRaw,
  parseJson,
} from "./decode-response.ts";
import {
  bytesOf,
  type EncodeResponseOptions,
  encodeJson,
  isRaw,
  jsonType,
  rawOf,
  toBytes,
  writeJson,
} from "./encode-response.ts";
import { errorFromJson, errorToJson } from "./error.ts";
import { isJsonObject } from "./json-object.ts";
import { isStatusName } from "./status.ts";

/** Writes a stream of responses piece by piece: a JSON array, or the bytes of HttpBody messages. */
export interface StreamEncoder {
  /** Of the answer; that of HttpBody messages is known once the first one was encoded. */
  readonly contentType: string;
  /** @throws ConnectError INTERNAL if the message cannot be written. */
  encode(message: Message): Uint8Array<ArrayBuffer>;
  end(): Uint8Array<ArrayBuffer>;
  /** The error as last element of the array, and its end; undefined: the answer can only break off. */
  fail(error: ConnectError): Uint8Array<ArrayBuffer> | undefined;
}

export function createStreamEncoder(
  binding: Binding,
  options: EncodeResponseOptions,
): StreamEncoder {
  return isRaw(binding) ? rawEncoder(binding) : arrayEncoder(binding, options);
}

function rawEncoder(binding: Binding): StreamEncoder {
  let contentType: string | undefined;
  return {
    get contentType() {
      return contentType ?? "";
    },
    encode(message) {
      const raw = rawOf(binding, message);
      contentType ??= raw?.contentType;
      return bytesOf(raw?.data ?? new Uint8Array());
    },
    end: () => new Uint8Array(),
    fail: () => undefined,
  };
}

function arrayEncoder(binding: Binding, options: EncodeResponseOptions): StreamEncoder {
  let before = "[";
  function element(text: string): string {
    const written = before + text;
    before = ",\n";
    return written;
  }
  const closing = () => (before === "[" ? "[]" : "]");
  return {
    contentType: jsonType,
    encode: (message) => toBytes(element(encodeJson(binding, message, options))),
    end: () => toBytes(closing()),
    fail(error) {
      const json = errorToJson(error, options);
      return toBytes(`${element(writeJson(json, options.format ?? plainFormat))}]`);
    },
  };
}

export interface DecodeStreamOptions extends DecodeResponseOptions {
  /** How long one message may be, in UTF-16 code units of its JSON. Default: without limit. */
  readonly readMaxBytes?: number;
}

/**
 * Reads a stream of responses as it comes: each message once its JSON is whole, or of HttpBody
 * messages, one for each piece that arrives.
 *
 * @throws ConnectError UNAVAILABLE if it breaks off, and the error that the server ended it with.
 */
export async function* decodeResponseStream(
  binding: Binding,
  response: {
    readonly contentType: string | null;
    readonly body: AsyncIterable<Uint8Array>;
  },
  options: DecodeStreamOptions,
): AsyncIterable<Message> {
  const { contentType, body } = response;
  if (isRaw(binding)) {
    for await (const data of body) {
      yield decodeRaw(binding, { contentType, data });
    }
    return;
  }
  checkContentType(contentType);
  const splitter = createArraySplitter(options.readMaxBytes ?? Number.POSITIVE_INFINITY);
  const decoder = new TextDecoder();
  const messagesOf = function* (piece: string) {
    for (const text of splitter.push(piece)) {
      const json = parseJson(text);
      const error = errorOf(json, binding, options);
      if (error !== undefined) {
        throw error;
      }
      yield decodeJson(binding, json, options);
    }
  };
  for await (const bytes of body) {
    yield* messagesOf(decoder.decode(bytes, { stream: true }));
  }
  yield* messagesOf(decoder.decode());
  splitter.end();
}

/** The error that an element of the array is, if it is one and cannot be a message. */
function errorOf(
  json: JsonValue,
  { method, responseBody }: Binding,
  options: DecodeResponseOptions,
): ConnectError | undefined {
  if (!isJsonObject(json) || Object.keys(json).join() !== "error") {
    return undefined;
  }
  const { error } = json;
  // A google.rpc.Status, as in an Operation, has no `status`.
  if (!isJsonObject(error) || !isStatusName(error.status)) {
    return undefined;
  }
  const type = responseBody === undefined ? method.output : responseBody.message;
  const field = type?.fields.find(({ jsonName }) => jsonName === "error");
  return field?.message?.fields.some(({ jsonName }) => jsonName === "status")
    ? undefined
    : errorFromJson(json, options);
}
