// SPDX-License-Identifier: Apache-2.0

import {
  clone,
  type DescField,
  type JsonObject,
  type JsonValue,
  type JsonWriteOptions,
  toJson,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { keepAnys } from "./held-any.ts";

/** A `google.protobuf.Any` that was left out. */
export interface OmittedAny {
  readonly typeUrl: string;
  /** Why it cannot be written in JSON. */
  readonly cause: unknown;
}

type LenientOptions = Partial<JsonWriteOptions> & {
  readonly onOmit?: (omitted: OmittedAny) => void;
};

/** The JSON of one field as the JSON of its message has it; null for what is unset and has none. */
export function fieldToJson(
  message: ReflectMessage,
  field: DescField,
  options: Partial<JsonWriteOptions>,
): JsonValue {
  const alone = reflect(message.desc);
  if (message.isSet(field)) {
    alone.set(field, message.get(field));
  }
  const set = toJson(message.desc, alone.message, options) as JsonObject;
  const json =
    set[field.jsonName] ??
    (toJson(message.desc, alone.message, { ...options, alwaysEmitImplicit: true }) as JsonObject)[
      field.jsonName
    ];
  return json ?? null;
}

/**
 * The JSON of a message, or of one of its fields, without each `google.protobuf.Any` that cannot be
 * written, since its type is not registered or its value does not parse: it would fail the whole.
 *
 * @throws ConnectError INTERNAL if something else cannot be written.
 */
export function lenientToJson(
  message: ReflectMessage,
  field: DescField | undefined,
  options: LenientOptions,
): JsonValue {
  const { onOmit, ...jsonOptions } = options;
  const write = (held: ReflectMessage) =>
    field === undefined
      ? toJson(held.desc, held.message, jsonOptions)
      : fieldToJson(held, field, jsonOptions);
  try {
    return write(message);
  } catch {
    try {
      return write(withoutUnwritable(message, options));
    } catch (cause) {
      const problem = "the response cannot be written in JSON";
      throw new ConnectError(problem, Code.Internal, undefined, undefined, cause);
    }
  }
}

function withoutUnwritable(message: ReflectMessage, options: LenientOptions): ReflectMessage {
  const { onOmit, ...jsonOptions } = options;
  // The message belongs to the implementation, which may answer with it again.
  const copy = reflect(message.desc, clone(message.desc, message.message));
  keepAnys(copy, (any) => {
    try {
      toJson(AnySchema, any, jsonOptions);
      return true;
    } catch (cause) {
      onOmit?.({ typeUrl: any.typeUrl, cause });
      return false;
    }
  });
  return copy;
}
