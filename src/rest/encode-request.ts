// SPDX-License-Identifier: Apache-2.0

import {
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { Binding } from "./binding.ts";
import { expandTemplate } from "./expand.ts";
import { type FieldPath, findHolder, printFieldPath } from "./field-path.ts";
import { asHttpBody, isHttpBody, isHttpBodyField } from "./http-body.ts";
import { isJsonObject } from "./json-object.ts";
import { fieldToJson } from "./json-value.ts";
import { writeQuery } from "./query.ts";
import { encodeQuery } from "./query-binding.ts";
import { requestProblem } from "./request-problem.ts";
import { printTemplate } from "./template.ts";
import { textFieldOf, writeText } from "./text-value.ts";

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

type Content = Pick<EncodedRequest, "contentType" | "body">;

/**
 * Writes a message as the first binding that can express it says.
 *
 * What no URL can say is refused, but for one thing: a message that is set and empty, in a query, is
 * left out, unless it is chosen among others (`oneof`).
 *
 * @throws ConnectError INVALID_ARGUMENT that says for each binding why it cannot express the message.
 */
export function encodeRequest(
  bindings: readonly Binding[],
  message: Message,
  options: EncodeRequestOptions = {},
): EncodedRequest {
  const problems: string[] = [];
  for (const binding of bindings) {
    try {
      return encodeAs(binding, message, options);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      problems.push(`${binding.httpMethod} ${printTemplate(binding.template)}: ${problem}`);
    }
  }
  throw requestProblem("", `the request cannot be written: ${problems.join("; ")}`);
}

function encodeAs(
  binding: Binding,
  message: Message,
  options: EncodeRequestOptions,
): EncodedRequest {
  const held = reflect(binding.method.input, message);
  const path = expandTemplate(
    binding.template,
    binding.variables.map((variable) => textOf(held, variable)),
  );
  const query = writeQuery(encodeQuery(held, binding));
  return {
    binding,
    httpMethod: binding.httpMethod === "*" ? "POST" : binding.httpMethod,
    target: query === "" ? path : `${path}?${query}`,
    ...contentOf(held, { binding, options }),
  };
}

function textOf(message: ReflectMessage, path: FieldPath): string {
  const holder = findHolder(message, path);
  const last = path.at(-1);
  const field = last === undefined ? undefined : textFieldOf(last);
  if (holder === undefined || field === undefined || (hasPresence(path) && !holder.isSet(field))) {
    throw new Error(`${printFieldPath(path)} is not set`);
  }
  return writeText(field, holder.get(field));
}

function hasPresence(path: FieldPath): boolean {
  return path.at(-1)?.presence !== FeatureSet_FieldPresence.IMPLICIT;
}

function contentOf(
  message: ReflectMessage,
  { binding, options }: { readonly binding: Binding; readonly options: EncodeRequestOptions },
): Content {
  const { body, variables } = binding;
  if (body.kind === "none") {
    return noContent;
  }
  if (body.kind === "whole") {
    return isHttpBody(message.desc)
      ? rawContent(message.message)
      : jsonContent(without(variables, toJson(message.desc, message.message, options)));
  }
  if (!message.isSet(body.field)) {
    return noContent;
  }
  if (isHttpBodyField(body.field)) {
    return rawContent((message.get(body.field) as ReflectMessage).message);
  }
  const json = fieldToJson(message, body.field, options);
  const whole = without(variables, { [body.field.jsonName]: json });
  return jsonContent((whole as JsonObject)[body.field.jsonName] ?? null);
}

const noContent: Content = { contentType: undefined, body: undefined };

function rawContent(message: Message): Content {
  const { contentType, data } = asHttpBody(message);
  return { contentType: contentType === "" ? undefined : contentType, body: data };
}

function jsonContent(json: JsonValue): Content {
  return { contentType: "application/json", body: JSON.stringify(json) };
}

/** Takes what the path says out of JSON that nobody else has. */
function without(paths: readonly FieldPath[], json: JsonValue): JsonValue {
  for (const path of paths) {
    let holder: JsonValue | undefined = json;
    for (const { jsonName } of path.slice(0, -1)) {
      holder = isJsonObject(holder) ? holder[jsonName] : undefined;
    }
    const name = path.at(-1)?.jsonName;
    if (isJsonObject(holder) && name !== undefined) {
      delete holder[name];
    }
  }
  return json;
}
