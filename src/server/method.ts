// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethod, Message, MessageInitShape } from "@bufbuild/protobuf";
import { create, fromBinary, isMessage, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { readAny } from "../any.ts";
import { operationsError } from "./errors.ts";
import type { CancelledOperation, OperationContext } from "./handlers.ts";
import type { OperationResult, PackedMessage } from "./store.ts";

/** A long-running method that is implemented here, ready to be started. */
export interface ServedMethod {
  /** As in `OperationRecord.method`. */
  readonly key: string;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  readonly metadata: MessageCodec;
  readonly maxLosses: number;
  readonly cancelGraceMs: number;
  readonly retentionMs: number;
  readonly domain: string;
  /** What an operation of this method ends with once it is cancelled. */
  readonly cancelled: OperationResult;
}

/** One whose work is done here. */
export interface RunnableMethod extends ServedMethod {
  readonly run: (
    request: Message,
    operation: OperationContext<Message>,
  ) => Promise<MessageInitShape<DescMessage> | undefined>;
}

/** One whose work is done elsewhere. */
export interface ExternalMethod extends ServedMethod {
  /** How long it may take. */
  readonly timeoutMs: number;
  /** Is told of an operation that somebody has asked to cancel. */
  readonly onCancel: ((operation: CancelledOperation) => unknown) | undefined;
}

/** Every long-running method that is implemented here, by its key. */
export type ServedMethods = ReadonlyMap<string, RunnableMethod | ExternalMethod>;

export function isRunnable(method: RunnableMethod | ExternalMethod): method is RunnableMethod {
  return "run" in method;
}

/** The key under which a method's operations are stored. */
export function methodKey(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Packs and reads one type of message, within a limit. */
export interface MessageCodec {
  readonly schema: DescMessage;
  /**
   * @throws ConnectError if the message is too large; Error if it is of another type, or cannot be
   * encoded.
   */
  pack(init: MessageInitShape<DescMessage>): PackedMessage;
  /** @throws Error if the bytes do not parse. */
  read(value: Uint8Array): Message;
  /** Undefined if this is no message of this type, or does not parse. */
  readPacked(packed: PackedMessage | undefined): Message | undefined;
}

interface CodecOptions {
  /** What the message is, for errors. */
  readonly role: "request" | "response" | "metadata";
  readonly maxBytes: number;
  readonly domain: string;
}

const tooLarge = {
  request: "REQUEST_TOO_LARGE",
  response: "RESPONSE_TOO_LARGE",
  metadata: "METADATA_TOO_LARGE",
} as const;

/** A codec for a type of message. */
export function messageCodec(schema: DescMessage, options: CodecOptions): MessageCodec {
  const { role, maxBytes, domain } = options;
  const schemaUrl = `type.googleapis.com/${schema.typeName}`;
  // What is declared as Any may be of whatever type, and is packed already. A request keeps its type.
  const packed = (message: Message): PackedMessage =>
    role !== "request" && isMessage(message, AnySchema)
      ? { typeUrl: message.typeUrl, value: message.value }
      : { typeUrl: schemaUrl, value: toBinary(schema, message) };
  return {
    schema,
    pack(init) {
      const given: unknown = init;
      if (isMessage(given) && given.$typeName !== schema.typeName) {
        // Its fields would be taken for those of the right type, as far as they go.
        throw new TypeError(
          `Expected the ${role} to be a ${schema.typeName}, got a ${given.$typeName}`,
        );
      }
      const { typeUrl, value } = packed(create(schema, init));
      if (value.length > maxBytes) {
        throw operationsError({
          code: Code.ResourceExhausted,
          message: `the ${role} has ${value.length} bytes, more than the ${maxBytes} that are allowed`,
          reason: tooLarge[role],
          domain,
          metadata: { bytes: `${value.length}`, maxBytes: `${maxBytes}` },
        });
      }
      return { typeUrl, value };
    },
    read: (value) => fromBinary(schema, value),
    readPacked(packed) {
      const reading = readAny(packed && create(AnySchema, packed), schema);
      return reading.kind === "message" ? reading.message : undefined;
    },
  };
}
