// SPDX-License-Identifier: Apache-2.0

import type { Message, Registry } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Binding } from "./binding.ts";

/** How a client wants its JSON: `$alt=json;enum-encoding=int`, `$prettyPrint=true`. */
export interface AnswerFormat {
  readonly enumAsInteger: boolean;
  readonly prettyPrint: boolean;
}

/** What the query of a request asks for; it never throws. */
export function answerFormat(_query: string): AnswerFormat {
  throw new Error("to come");
}

export interface EncodeResponseOptions {
  readonly registry: Registry;
  readonly format: AnswerFormat;
  /** Is told of each `google.protobuf.Any` that JSON cannot express, and that was left out. */
  readonly onOmit?: (omitted: { readonly typeUrl: string; readonly cause: unknown }) => void;
}

export interface EncodedResponse {
  /** Empty: none is to be sent. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

export function encodeResponse(
  _binding: Binding,
  _message: Message,
  _options: EncodeResponseOptions,
): EncodedResponse {
  throw new Error("to come");
}

/** Writes a stream of responses piece by piece: a JSON array, or the bytes of HttpBody messages. */
export interface StreamEncoder {
  /** Known once the first message was encoded, or the end. */
  readonly contentType: string;
  encode(message: Message): Uint8Array;
  end(): Uint8Array;
  /** The error as last element of the array; undefined where the stream can only break off. */
  fail(error: ConnectError): Uint8Array | undefined;
}

export function createStreamEncoder(
  _binding: Binding,
  _options: EncodeResponseOptions,
): StreamEncoder {
  throw new Error("to come");
}

export interface DecodeResponseOptions {
  readonly registry: Registry;
}

/** @throws ConnectError */
export function decodeResponse(
  _binding: Binding,
  _response: { readonly contentType: string | null; readonly body: Uint8Array },
  _options: DecodeResponseOptions,
): Message {
  throw new Error("to come");
}

export interface DecodeStreamOptions extends DecodeResponseOptions {
  /** How many bytes one message may have. */
  readonly readMaxBytes?: number;
}

/** Reads a stream of responses as it comes. @throws ConnectError */
export function decodeResponseStream(
  _binding: Binding,
  _response: {
    readonly contentType: string | null;
    readonly body: AsyncIterable<Uint8Array>;
  },
  _options: DecodeStreamOptions,
): AsyncIterable<Message> {
  throw new Error("to come");
}
