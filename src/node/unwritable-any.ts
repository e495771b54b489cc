// SPDX-License-Identifier: Apache-2.0

import {
  clone,
  type DescMethod,
  fromBinary,
  type JsonWriteOptions,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { anyHolders, keepAnys } from "../rest/held-any.ts";
import { surelyWritable } from "./surely-writable.ts";

/** A `google.protobuf.Any` that was left out of an answer. */
export interface OmittedAny {
  readonly method: DescMethod;
  readonly typeUrl: string;
  /** Why it cannot be written in JSON. */
  readonly cause: unknown;
}

interface OmitOptions {
  readonly jsonOptions: Partial<JsonWriteOptions>;
  readonly onOmit: (omitted: OmittedAny) => void;
}

/**
 * Leaves out of answers in JSON each `google.protobuf.Any` that cannot be written there, since its
 * type is not registered or its value does not parse. Serialization would otherwise fail the whole
 * answer, and a client could never read that operation. Binary answers stay as they are.
 */
export function omitUnwritableAny(options: OmitOptions): Interceptor {
  return (next) => (request) => {
    const { method } = request;
    if (anyHolders(method.output).length === 0 || !wantsJson(request)) {
      return next(request);
    }
    const prune = (message: Message) => pruned(message, { ...options, method });
    return next(request).then((response) =>
      response.stream
        ? { ...response, message: mapped(response.message, prune) }
        : { ...response, message: prune(response.message) },
    );
  };
}

// An answer has the encoding of its request, and only Connect's GET has no content type.
function wantsJson({ requestMethod, url, header }: UnaryRequest | StreamRequest): boolean {
  return requestMethod === "GET"
    ? new URL(url).searchParams.get("encoding") !== "proto"
    : /json/i.test(header.get("content-type") ?? "");
}

function pruned(message: Message, options: OmitOptions & { readonly method: DescMethod }): Message {
  const { method, jsonOptions, onOmit } = options;
  let writable = true;
  keepAnys(reflect(method.output, message), (any) => {
    writable &&= problemOf(any, jsonOptions) === undefined;
    return true;
  });
  if (writable) {
    return message;
  }
  // The message belongs to the implementation, which may answer with it again.
  const copy = clone(method.output, message);
  keepAnys(reflect(method.output, copy), (any) => {
    const problem = problemOf(any, jsonOptions);
    if (problem !== undefined) {
      onOmit({ method, typeUrl: any.typeUrl, cause: problem.cause });
    }
    return problem === undefined;
  });
  return copy;
}

// To write it only to see whether that fails costs as much as writing the answer does; what has been
// parsed can mostly be told to be writable. For the rest only an attempt tells: what is packed may
// itself hold an Any, or a value that JSON cannot express.
function problemOf(
  any: Any,
  jsonOptions: Partial<JsonWriteOptions>,
): { readonly cause: unknown } | undefined {
  const { typeUrl, value } = any;
  try {
    const type = jsonOptions.registry?.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
    if (type === undefined || !surelyWritable(type, fromBinary(type, value))) {
      toJson(AnySchema, any, jsonOptions);
    }
    return undefined;
  } catch (cause) {
    return { cause };
  }
}

async function* mapped<T>(items: AsyncIterable<T>, map: (item: T) => T): AsyncIterable<T> {
  for await (const item of items) {
    yield map(item);
  }
}
